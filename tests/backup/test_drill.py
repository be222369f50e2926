"""The drill in short: a backup comes back whole, and one that was cut short does not pass for one."""

import subprocess
import sys

import pytest

from bin.drill import Failed, compare
from tests.database import ROOT


def drill(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "bin.drill", "--participants", "300", *arguments],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )


def test_a_backup_is_restored_compared_and_used():
    done = drill()
    assert done.returncode == 0, done.stderr
    for figure in ("seeding", "pg_dump", "size of the dump", "pg_restore", "comparing", "signing in and up"):
        assert figure in done.stdout
    assert "INFO" not in done.stdout
    assert "rows have the same checksums on both sides.\nThe drill succeeded" in done.stdout


def test_a_dump_that_was_cut_short_fails():
    done = drill("--cut")
    assert done.returncode == 1
    assert "The drill FAILED: pg_restore ended with an error" in done.stderr
    assert "succeeded" not in done.stdout


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
