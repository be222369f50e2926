"""The list as a file: opened by a spreadsheet, it runs nothing and loses nothing."""

import csv
import io

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.clock import now
from app.extensions import db
from app.families.health.models import HealthNote
from app.families.models import GuardianProposal
from app.roster.export import HEADINGS
from app.web.spreadsheets import safe
from tests.factories import keep
from tests.roster.helpers import many, put_on, url, youth


def read(answer):
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_it_has_the_columns_of_the_screen_a_bom_and_crlf(troop, desk):
    troop.outing.title = "Winter çamp: “cold”/.."
    ben = youth(troop.unit, "Ben", rank="Star", photo_consent="unit", photo_consent_at=now())
    keep(GuardianProposal(person_id=ben.id, name="Ify Okafor", phone="555 0177"))
    put_on(troop.outing, ben, patrol_id=troop.fox.id, note='says "hi", and\nmore')
    answer = desk.get(url(troop.outing) + ".csv")
    assert answer.data.startswith(b"\xef\xbb\xbfName,")
    assert answer.data.count(b"\r\n") == 2
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    day = troop.outing.starts_at.astimezone(troop.outing.zone).date()
    assert answer.headers["Content-Disposition"] == f"attachment; filename=winter-camp-cold-{day}-roster.csv"
    headings, row = read(answer)
    assert tuple(headings) == HEADINGS
    assert row == [
        "Ben Okafor",
        "12, Star",
        "Fox",
        "",
        "Ify Okafor",
        "555 0177",
        "none yet",
        "A/B missing",
        'says "hi", and\nmore',
        "confirmed",
        "",
        "unit only",
        "",
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1 312 555 0142",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff=1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20A1",
        "\u22121",
        "\x00=1",
        "|cmd",
        "\n=1",
    ],
)
def test_a_cell_that_could_be_a_formula_is_text(cell):
    assert safe(cell).startswith("'")
    # Nothing but apostrophes is added: what was written can still be read.
    assert safe(cell).replace("'", "") == cell


@pytest.mark.parametrize("cell", ["", "Ava", "Åse", "(312) 555 0142", "12, Star", "peanut = bad", "a-b", "#3", "'=1"])
def test_any_other_cell_stays_as_it_is(cell):
    assert safe(cell) == cell


def test_a_formula_behind_a_semicolon_or_on_a_new_line_is_text_too():
    # Where the list separator is a semicolon, a quoted cell in mid-line does not hold it together.
    assert safe("tent; =HYPERLINK(1)") == "tent; '=HYPERLINK(1)"
    assert safe("tent\n=1") == "tent\n'=1"


def test_names_phones_and_notes_are_made_safe(troop, desk):
    ben = youth(troop.unit, "=cmd|calc Okafor")
    keep(GuardianProposal(person_id=ben.id, name="@Ify", phone="+13125550142"))
    put_on(troop.outing, ben, note="-1+1", guest_troop="=A1")
    _, row = read(desk.get(url(troop.outing) + ".csv"))
    assert row[0] == "'=cmd|calc Okafor"
    assert row[3:6] == ["'=A1", "'@Ify", "'+13125550142"]
    assert row[8] == "'-1+1"


@pytest.mark.parametrize(
    ("phone", "cell"),
    [
        ("5550142", "555 0142"),
        ("3125550142", "312 555 0142"),
        ("01712345678", "0 171 234 5678"),
        ("555-0142", "555-0142"),
    ],
)
def test_a_phone_of_digits_alone_stays_a_phone(troop, desk, phone, cell):
    ben = youth(troop.unit, "Ben")
    keep(GuardianProposal(person_id=ben.id, name="Ify", phone=phone))
    put_on(troop.outing, ben)
    assert read(desk.get(url(troop.outing) + ".csv"))[1][5] == cell


def test_it_holds_everybody_who_comes_or_waits_and_no_health_notes(troop, desk):
    troop.outing.youth_seats = None
    many(troop.outing, troop.unit, 120)
    ben = youth(troop.unit, "Ben")
    keep(HealthNote(person_id=ben.id, diet="No pork", allergies="Peanut"))
    put_on(troop.outing, ben)
    put_on(troop.outing, youth(troop.unit, "Gone"), "cancelled")
    answer = desk.get(url(troop.outing) + ".csv?page=2&q=nobody")
    rows = read(answer)[1:]
    assert len(rows) == 121
    assert rows[-1][9] == "waiting, 12th"
    assert b"Peanut" not in answer.data
    assert b"pork" not in answer.data
    assert [row[0] for row in read(desk.get(url(troop.outing) + ".csv?show=cancelled"))[1:]] == ["Gone Okafor"]


def test_an_export_is_written_down(troop, desk):
    put_on(troop.outing, youth(troop.unit, "Ben"))
    desk.get(url(troop.outing) + ".csv")
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "exported the roster"))
    assert (entry.actor_id, entry.subject_id, entry.outing_id) == (troop.leader.id, troop.outing.id, troop.outing.id)
    assert entry.changes["rows"] == [None, 1]
