"""The bench runs, whatever its figures say: a wrong answer of the product ends it with an error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import arguments
from tests.database import quick

ROOT = Path(__file__).resolve().parent.parent.parent
# However busy the machine: nobody is turned away.
PATIENT = {f"DATABASE_{what}_TIMEOUT": "0" for what in ("LOCK", "STATEMENT", "IDLE")} | {"WEB_PATIENCE": "600"}


def bench(*arguments):
    return subprocess.run(
        [quick("python"), "-m", "bench", "--short", *arguments],
        cwd=ROOT, env=os.environ | PATIENT, text=True, capture_output=True, check=False,
    )  # fmt: skip


def test_prints_a_row_for_each_thing_that_is_measured():
    done = bench("--only", "list", "--only", "roster", "--only", "hot", "--only", "race")
    assert done.returncode == 0, done.stderr
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines() if "|" in line]
    heads, _, *rows = lines
    assert heads[:6] == ["what", "floor", "product", "ratio", "goal", "met"]
    assert [row[0] for row in rows[:5]] == [
        "outings list",
        "roster, first 50 of 100 rows",
        "sign-up of two, one hot outing",
        "the same through htmx, the party in the answer",
        "12 families at once for the last 4 places",
    ]
    for row in rows[:5]:
        assert float(row[3]) > 0, row


def test_refuses_an_unknown_row(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "lists"])
    with pytest.raises(SystemExit) as refused:
        arguments()
    assert refused.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_rosters_go_in_and_out_again_and_what_is_none_gets_its_sentence():
    done = subprocess.run(
        [quick("python"), "-m", "bench.imports", "--rows", "400", "--bomb", "64"],
        cwd=ROOT, env=os.environ | PATIENT, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.stdout.count("| 400 rows ") == 6, done.stderr
    refusals = [
        line.partition("at most 2 s: ")[2].strip(" |") for line in done.stdout.splitlines() if "at most 2 s: " in line
    ]
    assert len(refusals) == 9
    assert all(refusals), done.stdout
