"""The short form of ``python -m bench.faults``, and proof that it would notice."""

import subprocess
import uuid
from pathlib import Path

import pytest
from sqlalchemy import text

from app.extensions import db
from bench.faults.record import Findings, Notebook, Promised, compare, wrong_seats
from bench.serve import Database
from tests.database import quick
from tests.factories import make_family, make_outing, make_unit
from tests.outings.helpers import children_of
from tests.signups.helpers import sign_up

ROOT = Path(__file__).resolve().parent.parent.parent


def test_nothing_is_lost_when_processes_die():
    command = [quick("python"), "-m", "bench.faults", "--faults", "3", "--families", "8", "--give-up", "300"]
    kinds = ("kill", "crash", "backends")
    done = subprocess.run(
        [*command, *(word for kind in kinds for word in ("--only", kind))],
        cwd=ROOT, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines() if "|" in line]
    heads, _, *rows = lines
    assert len(rows) == len(kinds)
    for row in (dict(zip(heads, row, strict=True)) for row in rows):
        assert int(row["forms acknowledged"]) >= 8, "each client was served again"
        assert int(row["not ready"].split()[-1]) > 0, "somebody asked all the time whether it is ready"
        assert (row["lost"], row["doubled"], row["seats wrong"], row["other answers"]) == ("0", "0", "0", "0")


@pytest.fixture
def promised(committed_db, tmp_path):
    """Two families on two seats: the second waits. What they were told stands in a file."""
    notebook = Notebook(tmp_path / "0.record")
    with committed_db.app.app_context():
        unit = make_unit()
        outing = make_outing(unit, title="Hot 0", total_seats=2)
        for family in (make_family(unit, parent=False), make_family(unit, parent=False)):
            children = children_of(family)
            sign_up(family, outing, children)
            db.session.commit()
            notebook.acknowledged((str(outing.id), str(family.id)), [str(child.id) for child in children])
        yield Database(committed_db.url.render_as_string(hide_password=False)), Promised.read(tmp_path)


def test_a_database_that_kept_everything(promised):
    assert compare(*promised) == Findings()


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        ("DELETE FROM participants WHERE id = (SELECT id FROM participants WHERE state = 'confirmed' LIMIT 1)", "lost"),
        ("DELETE FROM participants WHERE id = (SELECT id FROM participants WHERE state = 'waiting' LIMIT 1)", "lost"),
        ("UPDATE participants SET state = 'cancelled', cancelled_at = now() WHERE state = 'confirmed'", "lost"),
        ("UPDATE outings SET total_seats = 1", "seats"),
        ("UPDATE outings SET total_seats = 4", "seats"),
    ],
)
def test_damage_is_noticed(promised, damage, part):
    db.session.execute(text(damage))
    db.session.commit()
    assert getattr(compare(*promised), part)


def test_a_form_that_counted_twice_is_noticed(promised):
    database, known = promised
    db.session.execute(text("UPDATE participants SET state = 'cancelled', cancelled_at = now(), queue_no = NULL"))
    copy = "SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid()))).* FROM participants p"
    db.session.execute(text(f"INSERT INTO participants {copy}"))
    db.session.commit()
    assert len(compare(database, known).doubled) == 4


def test_the_line_is_served_in_its_order():
    families = [str(uuid.uuid4()) for _ in range(2)]
    first, second = (
        [("row", family, state) for _ in range(2)]
        for family, state in zip(families, ("waiting", "confirmed"), strict=True)
    )
    assert wrong_seats("outing", 2, [*second, *first]) == []
    (sentence,) = wrong_seats("outing", 2, [*first, *second])
    assert "came later" in sentence
