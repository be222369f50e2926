"""One migration at a time, in nobody's way, in plain words when it cannot be done."""

import re
import time

from alembic.script import ScriptDirectory

from migrations.running import Plan
from tests.database import ROOT
from tests.migrations.test_schema import catalogue

REVISIONS = [script.revision for script in ScriptDirectory(ROOT / "migrations").walk_revisions()][::-1]
# Semicolons in the body of a function, between dollars, end nothing.
STATEMENT = re.compile(r"(?:\$\w*\$.*?\$\w*\$|.)+?;\n", re.DOTALL)
RAN = re.compile(r"Running upgrade\s+\S* ?-> (\w+)")


UNTIL_THREE_WAIT = """
DO $$ BEGIN
    WHILE (SELECT count(*) < 3 FROM pg_locks WHERE relation = 'alembic_version'::regclass AND NOT granted) LOOP
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$"""


def at_once(tree, count):
    """So many containers start; which revisions each of them ran."""
    processes = [tree.start("upgrade") for _ in range(count)]
    ended = [process.communicate(timeout=300)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * count, ended
    return sorted((RAN.findall(stderr) for stderr in ended), key=len)


def test_ten_processes_at_once_on_an_empty_database(project):
    assert at_once(project, 10) == [[]] * 9 + [REVISIONS]  # one did it all, nine waited and found it done
    assert project.rows("SELECT version_num FROM alembic_version") == [(REVISIONS[-1],)]


def test_processes_at_once_with_a_concurrent_index_and_a_slow_revision(scratch):
    build = "op.execute('CREATE INDEX CONCURRENTLY slow_people ON people (rank)')"
    # The others wait already when the index is built: it must not wait for them.
    scratch.write_revision("slow", REVISIONS[-1], f"op.execute({UNTIL_THREE_WAIT!r})")
    scratch.write_revision("index", "slow", f"with op.get_context().autocommit_block(): {build}")
    assert at_once(scratch, 4) == [[]] * 3 + [["slow", "index"]]
    assert scratch.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'slow_people'::regclass") == [(True,)]


def test_it_gives_way_to_a_held_lock_and_tries_again(scratch):
    scratch.write_revision("adds", REVISIONS[-1], "op.add_column('people', sa.Column('extra', sa.Text()))")
    reader = scratch.connect()
    with reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people")  # ACCESS SHARE until the transaction ends
    upgrade = scratch.start("upgrade", MIGRATION_LOCK_TIMEOUT="1")
    line = next(line for line in upgrade.stderr if "gave way" in line)
    assert "tries again in 1 s" in line
    # While it waits for another try, others work.
    scratch.rows("SET lock_timeout = '500ms'; UPDATE people SET rank = NULL; SELECT 1")
    reader.close()
    assert upgrade.wait(timeout=300) == 0, upgrade.stderr.read()
    assert scratch.rows("SELECT version_num FROM alembic_version") == [("adds",)]


def test_it_gives_up_in_plain_words_and_keeps_what_was_committed(scratch):
    scratch.write_revision("first", REVISIONS[-1], "op.execute('CREATE TABLE first_one (id int)')")
    scratch.write_revision("second", "first", "op.add_column('people', sa.Column('extra', sa.Text()))")
    reader = scratch.connect()
    with reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people")
    done = scratch.db("upgrade", MIGRATION_LOCK_TIMEOUT="1", MIGRATION_PATIENCE="2")
    reader.close()
    assert done.returncode == 1
    assert "Others held a lock" in done.stderr
    assert "pg_stat_activity" in done.stderr
    assert "Traceback" not in done.stderr
    assert scratch.rows("SELECT version_num FROM alembic_version") == [("first",)]


def test_whoever_waits_too_long_for_another_migration_is_told(scratch):
    other = scratch.connect()
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE alembic_version IN SHARE UPDATE EXCLUSIVE MODE")
    started = time.monotonic()
    done = scratch.db("downgrade", MIGRATION_PATIENCE="1")
    other.close()
    assert done.returncode == 1
    assert time.monotonic() - started < 20
    assert "Somebody else has migrated" in done.stderr
    assert scratch.rows("SELECT version_num FROM alembic_version") == [(REVISIONS[-1],)]


def test_a_statement_that_takes_too_long_is_stopped(scratch):
    scratch.write_revision("sleepy", REVISIONS[-1], "op.execute('SELECT pg_sleep(30)')")
    done = scratch.db("upgrade", MIGRATION_STATEMENT_TIMEOUT="1")
    assert done.returncode == 1
    assert "it may take 1 s (MIGRATION_STATEMENT_TIMEOUT)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_later_attempt_takes_only_the_steps_that_are_left():
    plan = Plan(lambda _heads, _context: iter(["one", "two"]))
    assert plan((), None) == ["one", "two"]
    plan.applied(ctx=None)
    assert plan((), None) == ["two"]


def test_a_number_of_steps_down_with_and_without_two_dashes(scratch):
    for steps in (["-2"], ["--", "-2"]):
        done = scratch.db("downgrade", *steps)
        assert done.returncode == 0, done.stderr
        assert scratch.rows("SELECT version_num FROM alembic_version") == [(v,) for v in REVISIONS[:-2][-1:]]
        scratch.upgrade()
    assert scratch.db("downgrade", "--sqll").returncode != 0, "an option that is none changes nothing"
    assert scratch.rows("SELECT version_num FROM alembic_version") == [(REVISIONS[-1],)]


def test_migrations_have_an_address_of_their_own(project):
    address = project.url.render_as_string(hide_password=False)
    done = project.db("upgrade", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none", MIGRATION_DATABASE_URL=address)
    assert done.returncode == 0, done.stderr
    assert project.rows("SELECT version_num FROM alembic_version") == [(REVISIONS[-1],)]


def test_no_database_is_one_sentence_without_the_password(project):
    done = project.db("current", DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "does not let us in" in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_sql_of_an_upgrade_makes_the_same_schema(project, app):
    written = project.db("upgrade", "--sql")
    assert written.returncode == 0, written.stderr
    assert "SET LOCAL lock_timeout = '3s';" in written.stdout
    connection = project.connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        # One statement at a time, as psql sends them: CONCURRENTLY refuses company.
        for statement in STATEMENT.findall(re.sub(r"^--.*$", "", written.stdout, flags=re.M)):
            cursor.execute(statement)
    connection.close()
    assert catalogue(project.url) == catalogue_at_head(project)


def catalogue_at_head(tree):
    from tests.database import fresh_database

    with fresh_database() as url:
        return catalogue(url)


def test_autogenerate_writes_own_types_plainly_and_sees_types_and_defaults(studio):
    models = studio.root / "app" / "units" / "models.py"
    models.write_text(
        models.read_text()
        + "\n\nfrom sqlalchemy import Integer, TypeDecorator\nfrom sqlalchemy.dialects.postgresql import JSONB\n\n"
        + "class Own(TypeDecorator):\n    impl = JSONB\n    cache_ok = True\n\n\n"
        + "class Badge(Model):\n    __tablename__ = 'badges'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
        + "    shape: Mapped[str] = mapped_column(Own())\n"
        + "Unit.__table__.c.number.type = Integer()\nUnit.__table__.c.name.server_default = DefaultClause('Troop')\n"
    )
    models.write_text(models.read_text().replace("from sqlalchemy import", "from sqlalchemy import DefaultClause,", 1))
    done = studio.db("revision", "--autogenerate", "-m", "Badges")
    assert done.returncode == 0, done.stderr
    (written,) = (studio.root / "migrations" / "versions").glob("*_badges_*.py")
    text = written.read_text()
    assert "sa.Column('shape', postgresql.JSONB(" in text
    assert "import app" not in text
    assert "type_=sa.Integer()" in text
    assert "server_default='Troop'" in text
