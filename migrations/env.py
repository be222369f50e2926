"""How Alembic reaches the database and compares it with the models; run by ``flask db``."""

from alembic import context
from flask import current_app

target = current_app.extensions["migrate"].db
config = context.config
configure_args = current_app.extensions["migrate"].configure_args


def run_offline() -> None:
    """Write the SQL instead of running it (``flask db upgrade --sql``)."""
    context.configure(
        url=target.engine.url.render_as_string(hide_password=False),
        target_metadata=target.metadata,
        literal_binds=True,
        transaction_per_migration=True,
        **configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Upgrade the database; each revision in a transaction of its own, so that a failure keeps the ones before."""
    with target.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target.metadata,
            transaction_per_migration=True,
            process_revision_directives=skip_empty,
            **configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


def skip_empty(migration_context, revision, directives) -> None:
    """Autogenerate writes no file when nothing has changed."""
    if getattr(config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        print("Models and database agree: no revision was written.")


if context.is_offline_mode():
    run_offline()
else:
    run_online()
