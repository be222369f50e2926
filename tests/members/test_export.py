"""Members as a file: formula-safe, written down, and the same again when another unit imports it."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.clock import today
from app.extensions import db
from app.families.models import GuardianProposal, Person, Training
from app.members.columns import COLUMNS, headings_of
from app.members.export import member_rows
from app.members.filtering import Wanted
from app.members.importing.applying import apply
from app.members.importing.drafting import start
from app.members.importing.slices import go_on
from app.members.models import MemberColumns, Membership, Position
from app.units.models import RoleName
from app.units.queries import patrols_of
from tests.factories import keep, make_adult, make_leader, make_patrol, make_person, make_unit


@pytest.fixture
def unit(db_session):
    unit = make_unit("Troop 5")
    fox = make_patrol(unit, "=Fox|calc")
    people = [
        make_person("Zoé", "O'Holm", unit=unit, patrol=fox, rank="Star", preferred_name="Zo"),
        make_person("Ava", "Holm", unit=unit, birth_date=None, gender=None),
        make_adult("Astrid", "Holm", unit=unit, email="astrid@example.org", phone="+1 312 555 0142"),
    ]
    for number, person in enumerate(people):
        place = db.session.scalar(select(Membership).where(Membership.person_id == person.id))
        place.member_number, place.registered = f"77{number}", number != 1
        place.position = "Scribe | Bugler" if number == 0 else None
    keep(GuardianProposal(person_id=people[0].id, name="Nora O'Holm"))
    keep(GuardianProposal(person_id=people[0].id, name="Bo Holm"))
    keep(Training(person_id=people[2].id, code="Y01", name="Safeguarding", expires_on=date(2027, 1, 2)))
    keep(Training(person_id=people[2].id, code="C32", name="=Weather", expires_on=None))
    people[2].form_ab_until, people[2].form_c_until = date(2027, 3, 4), date(2027, 5, 6)
    return unit


# When somebody came to this unit is no news to another one.
EVERY = [column for column in COLUMNS.values() if column.key != "since"]


def rows_in(unit):
    return member_rows(unit, today(unit.time_zone), Wanted(), EVERY)


@pytest.fixture
def take(client, unit, sign_in):
    admin = make_leader(unit, RoleName.ADMIN)
    keep(MemberColumns(user_id=admin.id, unit_id=unit.id, names=[column.key for column in EVERY]))
    sign_in(client, admin)
    return lambda kind: client.get(f"/units/{unit.id}/members/export.{kind}")


def test_no_cell_is_a_formula_and_the_taking_is_written_down(take, unit):
    answer = take("csv")
    assert answer.data.startswith(b"\xef\xbb\xbfFirst name,")
    assert "'=Fox|calc" in answer.text
    assert "'+1 312 555 0142" in answer.text
    assert "troop-5-members-" in answer.headers["Content-Disposition"]
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "exported the members"))
    assert entry.changes == {"rows": [None, 3], "columns": [None, headings_of(EVERY)]}


def test_the_workbook_holds_text_only(take):
    sheet = load_workbook(io.BytesIO(take("xlsx").data)).active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == headings_of(EVERY)
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
    assert "'+1 312 555 0142" in [cell.value for row in rows for cell in row]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exported_and_imported_elsewhere_they_are_equal(take, unit, kind):
    file, before = take(kind).data, rows_in(unit)
    for model in (Membership, Person):
        for row in db.session.scalars(select(model)):
            db.session.delete(row)
        db.session.flush()
    elsewhere = make_unit("Group Nine", kind="group")
    draft = start(None, elsewhere, file, f"members.{kind}")
    assert go_on(draft, None, elsewhere, patience=None)
    assert apply(draft, None, elsewhere)
    assert draft.style == "members exported from this site"
    assert rows_in(elsewhere) == before
    # Positions and patrols are rows again, not only words.
    held = select(Position.name).where(Position.unit_id == elsewhere.id, Position.until.is_(None))
    assert sorted(db.session.scalars(held)) == ["Bugler", "Scribe"]
    assert [patrol.name for patrol in patrols_of(elsewhere.id)] == ["=Fox|calc"]
