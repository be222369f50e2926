"""How Alembic reaches the database and compares it with the models; run by ``flask db``."""

from logging.config import fileConfig

from alembic import context
from flask import current_app

from app.mail.models import QUEUE_PREFIX
from migrations.rendering import render_item
from migrations.running import LimitedImpl, Limits, engine_for, run

target = current_app.extensions["migrate"].db
config = context.config
settings = current_app.config
limits = Limits(
    settings["MIGRATION_LOCK_TIMEOUT"], settings["MIGRATION_STATEMENT_TIMEOUT"], settings["MIGRATION_PATIENCE"]
)
url = settings["MIGRATION_DATABASE_URL"] or target.engine.url
# To stderr: with --sql, stdout is the SQL.
fileConfig(config.config_file_name, disable_existing_loggers=False)


def skip_empty(migration_context, revision, directives) -> None:
    """Autogenerate writes no file when nothing has changed."""
    if getattr(config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        print("Models and database agree: no revision was written.")


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """The queue's tables are procrastinate's own; no model of ours describes them."""
    return kind != "table" or not (name or "").startswith(QUEUE_PREFIX)


configuration = {
    "target_metadata": target.metadata,
    # Each revision in a transaction of its own, so that a failure keeps the ones before.
    "transaction_per_migration": True,
    "process_revision_directives": skip_empty,
    "render_item": render_item,
    "include_name": include_name,
    **current_app.extensions["migrate"].configure_args,
}

if context.is_offline_mode():
    LimitedImpl.limits = limits
    # "named": or psycopg2's way of writing % would double it in the SQL.
    context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **configuration)
    with context.begin_transaction():
        context.run_migrations()
else:
    run(engine_for(url, limits), limits, **configuration)
