"""The drill in short: a backup comes back whole, and one that was cut short does not pass for one."""

import pytest

from bin.drill import Failed, compare, main

SHORT = ["--participants", "300"]


def test_a_backup_is_restored_compared_and_used(capfd):
    code = main(SHORT)
    done = capfd.readouterr()
    assert code == 0, done.err
    for figure in ("seeding", "pg_dump", "size of the dump", "pg_restore", "comparing", "signing in and up"):
        assert figure in done.out
    assert "INFO" not in done.out
    assert "rows have the same checksums on both sides.\nThe drill succeeded" in done.out


def test_a_dump_that_was_cut_short_fails(capfd):
    assert main([*SHORT, "--cut"]) == 1
    done = capfd.readouterr()
    assert "The drill FAILED: pg_restore ended with an error" in done.err
    assert "succeeded" not in done.out


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"users": (2, "x")}, "the table units is missing after the restore"),
        ({"users": (1, "x"), "units": (1, "y")}, "the table users had 2 rows and has 1"),
        ({"users": (2, "z"), "units": (1, "y")}, "users has as many rows as before, but other ones"),
    ],
)
def test_a_difference_is_named(after, said):
    with pytest.raises(Failed, match=said):
        compare({"users": (2, "x"), "units": (1, "y")}, after)
