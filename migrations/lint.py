"""``python -m migrations.lint``: what squawk says about the SQL of every revision after the first. Part of ``bin/test``.

It finds what would keep people out while a revision runs: an index that is not built CONCURRENTLY, a CHECK or a foreign key that
reads the table under a strong lock, a column that is rewritten or renamed. A revision that has to break a rule says so
and why: a line ``-- squawk-ignore <rule>`` in an ``op.execute`` before the statement.
"""

import io
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import Script, ScriptDirectory

from migrations.running import LimitedImpl, Limits

HERE = Path(__file__).resolve().parent
# What we decided otherwise: a step that must be repeatable is made so in migrations/steps.py; IF NOT EXISTS on everything else
# would hide that a schema has drifted. Counters here never come near what an integer holds.
EXCUSED = ("prefer-robust-stmts", "prefer-bigint-over-int")
OLDEST_POSTGRESQL = "13.0"


def sql_of(directory: ScriptDirectory, revision: Script) -> str:
    """What ``flask db upgrade <its parent>:<revision> --sql`` writes, without an application."""
    written = io.StringIO()
    LimitedImpl.limits = Limits(lock_timeout=3, statement_timeout=600, patience=600)
    start = revision.down_revision or "base"
    with EnvironmentContext(
        Config(),
        directory,
        fn=lambda heads, _context: directory._upgrade_revs(revision.revision, heads),
        as_sql=True,
        starting_rev=start,
        destination_rev=revision.revision,
    ) as environment:
        environment.configure(
            dialect_name="postgresql",
            dialect_opts={"paramstyle": "named"},
            literal_binds=True,
            transaction_per_migration=True,
            output_buffer=written,
        )
        with environment.begin_transaction():
            environment.run_migrations()
    return written.getvalue()


def squawk(sql: str, name: str) -> str:
    """What there is to say against ``sql``; nothing is good."""
    program = shutil.which("squawk", path=sysconfig.get_path("scripts")) or shutil.which("squawk")
    if program is None:
        raise SystemExit("squawk is missing: install requirements-dev.txt.")
    excused = f"--exclude={','.join(EXCUSED)}"
    done = subprocess.run(
        [program, excused, f"--pg-version={OLDEST_POSTGRESQL}", "--reporter=gcc", f"--stdin-filepath={name}"],
        input=sql,
        text=True,
        capture_output=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def lint(folder: Path = HERE) -> list[str]:
    """The complaints, by revision. The first schema stands on an empty database: nobody is kept out."""
    directory = ScriptDirectory(folder)
    later = [script for script in directory.walk_revisions() if script.down_revision is not None]
    # A merge has no statements of its own and more than one parent.
    later = [script for script in reversed(later) if isinstance(script.down_revision, str)]
    said = [squawk(sql_of(directory, script), Path(script.path).name) for script in later]
    return [complaint for complaint in said if complaint]


if __name__ == "__main__":
    complaints = lint()
    print("\n".join(complaints) or "squawk has nothing to say against the revisions.")
    sys.exit(bool(complaints))
