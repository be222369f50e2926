"""The release before works on the schema of this one; all of its tests: ``python -m bench.release_before``."""

import os

import pytest

from bench.release_before import NoRelease, release_before, run_tests, work_tree
from tests import database

ROOMS = (
    "tests/signups/test_family.py",
    "tests/signups/test_who_may_come.py",
    "tests/families/test_rules.py",
    "tests/outings/test_plan.py",
)


@pytest.fixture(scope="module")
def tree():
    """The release before."""
    try:
        release = release_before()
    except NoRelease as reason:
        if os.environ.get("REQUIRE_HISTORY") == "1":
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    with work_tree(release) as tree:
        yield tree


def test_the_release_before_works_on_the_new_schema(tree, capfd):
    assert run_tests(tree, [name for name in ROOMS if (tree / name).exists()]) == 0, capfd.readouterr()
    assert " passed" in capfd.readouterr().out


def test_a_schema_that_it_cannot_work_with_is_noticed(tree, capfd, monkeypatch):
    """The control: one column that it reads has gone too early."""
    with database.fresh_database() as url:
        database.execute("ALTER TABLE people DROP COLUMN pick_up_note", url)
        monkeypatch.setattr(database, "template", lambda: url.database)
        assert run_tests(tree, ["tests/families/test_rules.py", "-x"]) == 1
    assert "pick_up_note does not exist" in capfd.readouterr().out
