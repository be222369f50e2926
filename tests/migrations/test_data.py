"""No upgrade loses a row: every revision up, down and up again over awkward rows in every table, with checksums."""

import time
from collections.abc import Callable, Iterator

import pytest
from alembic.script import ScriptDirectory
from flask import Flask

from bin.commands import flask
from tests.database import ROOT, empty_database, fresh_database
from tests.migrations.awkward import ROWS, contents, fill, tables
from tests.migrations.tree import Tree

STEPS = [
    (script.down_revision, script.revision)
    for script in reversed(list(ScriptDirectory(ROOT / "migrations").walk_revisions()))
    if script.down_revision is not None
]
# What a revision says that it changes, as SQL over the filled schema before it; all else must stay as it is.
TROUBLE = {
    "b83d4f0c9a17": [
        "UPDATE participants SET guest_troop = E' \t Troop 3 🏕\n' WHERE state = 'confirmed'",
        "UPDATE participants SET guest_troop = '', guest_patrol = '  ' WHERE state = 'waiting'",
    ],
}
SAID = {
    "b83d4f0c9a17": [
        "UPDATE participants SET guest_troop = 'Troop 3 🏕' WHERE state = 'confirmed'",
        "UPDATE participants SET guest_troop = NULL, guest_patrol = NULL WHERE state = 'waiting'",
    ],
}


@pytest.fixture(scope="module")
def migrate(app: Flask) -> Callable[..., None]:
    """``flask db ...`` for a tree, in this process: the sixty of this file would take most of their time to start."""

    def migrate(tree: Tree, *command: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(app.config, "MIGRATION_DATABASE_URL", tree.url)
            flask(app, "db", *command, quiet=True)

    return migrate


@pytest.fixture(scope="module")
def ladder() -> Iterator[Tree]:
    """A database without a row, which climbs from one test's revision to the next one's."""
    with empty_database() as url:
        yield Tree(ROOT, url)


@pytest.fixture
def project(ladder, before, migrate) -> Iterator[Tree]:
    """The project over a database at the revision ``before``."""
    migrate(ladder, "upgrade", before)
    if ladder.rows("SELECT version_num FROM alembic_version") != [(before,)]:
        migrate(ladder, "downgrade", before)  # it had climbed higher already
    with fresh_database(of=ladder.url.database) as url:
        yield Tree(ROOT, url)


def there(tree, columns=None):
    """Rows and checksums, and the columns they were taken over."""
    connection = tree.connect()
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        columns = columns or {name: [column[0] for column in table.columns] for name, table in tables(cursor).items()}
        found = contents(cursor, columns)
    connection.close()
    return found, columns


@pytest.mark.parametrize(("before", "revision"), STEPS)
def test_up_down_and_up_again_over_rows_in_every_table(project, migrate, before, revision):
    connection = project.connect()
    with connection, connection.cursor() as cursor:
        fill(cursor)
        for statement in TROUBLE.get(revision, []):
            cursor.execute(statement)
        # What has to be there afterwards, taken in a transaction that is undone.
        cursor.execute("SAVEPOINT said; SET TIME ZONE 'UTC'")
        for statement in SAID.get(revision, []):
            cursor.execute(statement)
        columns = {name: [column[0] for column in table.columns] for name, table in tables(cursor).items()}
        expected = contents(cursor, columns)
        cursor.execute("ROLLBACK TO SAVEPOINT said")
        assert all(count == ROWS for count, _ in expected.values())
    connection.close()
    for command, target in (("upgrade", revision), ("downgrade", before), ("upgrade", revision)):
        migrate(project, command, target)
        assert there(project, columns)[0] == expected, f"{command} {target}"


def participants(count):
    """Many rows with padded guests, in one outing."""
    return f"""
        INSERT INTO units (id, kind, name, time_zone, policy_preset) VALUES (gen_random_uuid(), 'troop', 'T', 'UTC', 'neutral');
        INSERT INTO outings (id, unit_id, title, starts_at, ends_at, state, waiting_rule)
            SELECT gen_random_uuid(), id, 'Camp', now(), now() + interval '1 day', 'published', 'in_order' FROM units;
        INSERT INTO signups (id, outing_id) SELECT gen_random_uuid(), id FROM outings;
        INSERT INTO people (id, first_name, last_name, kind)
            SELECT gen_random_uuid(), 'A', n::text, 'youth' FROM generate_series(1, {count}) n;
        INSERT INTO participants (id, signup_id, outing_id, person_id, kind, state, confirmed_at, guest_troop)
            SELECT gen_random_uuid(), s.id, s.outing_id, p.id, 'youth', 'confirmed', now(), ' Troop 3 '
            FROM people p, signups s;"""


UNTIDY = "SELECT count(*) FROM participants WHERE guest_troop <> btrim(guest_troop)"
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.mark.parametrize(("before", "revision"), [step for step in STEPS if step[1] == "b83d4f0c9a17"])
def test_a_backfill_that_was_cut_off_goes_on_where_it_stopped(project, before, revision):
    project.rows(participants(3500))
    # Whoever holds one row stops nobody, but the revision cannot end before that one is done.
    holder = project.connect()
    with holder.cursor() as cursor:
        cursor.execute("SELECT id FROM participants ORDER BY id DESC LIMIT 1 FOR UPDATE")
    upgrade = project.start("upgrade", revision)
    seen = []
    for line in upgrade.stderr:
        seen.append(line.strip().split(": ")[-1])
        if "3499 of 3500" in line:
            break
    assert seen[-4:] == [f"{done} of 3500 rows done." for done in (1000, 2000, 3000, 3499)]
    upgrade.kill()
    upgrade.communicate()  # until nobody writes any more, what was forked for it neither
    while project.rows(OTHERS) != [(1,)]:  # nor a server that has still something to do for it
        time.sleep(0.01)
    holder.close()
    assert project.rows(UNTIDY) == [(1,)]
    assert project.rows("SELECT version_num FROM alembic_version") == [(before,)]
    done = project.db("upgrade", revision)
    assert done.returncode == 0, done.stderr
    assert "participants: 1 of 1 rows done." in done.stderr
    assert project.rows(UNTIDY) == [(0,)]
    assert project.rows("SELECT version_num FROM alembic_version") == [(revision,)]
    assert project.rows("SELECT bool_and(convalidated) FROM pg_constraint WHERE conname LIKE '%_tidy'") == [(True,)]
