"""What a roster file leaves behind: what each home reads of it, and what its unit may still take back once people have gone."""

import io
import json
import zipfile

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db
from app.families.models import Guardian, Person
from app.members.importing.applying import apply
from app.members.importing.drafting import start
from app.members.importing.slices import go_on
from app.members.importing.undoing import undo
from app.members.models import ImportRow, Membership
from app.members.rules.transfers import accept, transfer
from app.units.models import RoleName
from tests.factories import keep, make_leader, make_person, make_unit, make_user
from tests.members.rosters import data, person, youth


@pytest.fixture
def ava(unit):
    ava = make_person("Ava", "Holm", unit=unit, guardian=make_user(), rank="Star")
    db.session.scalars(select(Membership)).one().member_number = "7"
    db.session.flush()
    return ava


def make(admin, unit, *people):
    draft = start(admin, unit, data(youth(*people)), "roster.csv")
    go_on(draft, admin, unit, patience=None)
    apply(draft, admin, unit)
    db.session.commit()
    return draft


def test_whom_a_roster_names_as_guardian_is_not_for_the_other_home(unit, admin, ava, client, sign_in):
    """The unit's file knows the phone of either home. The log of a child is read by both."""
    other_home = make_user()
    keep(Guardian(user_id=other_home.id, person_id=ava.id))
    named = {"Parent/Guardian Name": "Bo Xaver", "Relationship": "Father", "Mobile Phone": "312-555-0142"}
    draft = make(admin, unit, person("Ava", number="7", Rank="Life") | named)
    undo(draft, admin, unit)
    db.session.commit()
    kept = db.session.scalars(select(AuditEntry.changes).where(AuditEntry.subject_id == ava.id)).all()
    assert sum("555-0142" in str(changes) for changes in kept) == 2, "the unit's own log has it, there and back"
    sign_in(client, other_home)
    page = client.get(f"/family/people/{ava.id}/log").text
    with zipfile.ZipFile(io.BytesIO(client.post("/account/data").data)) as file:
        own, html = json.loads(file.read("data.json")), file.read("index.html").decode()
    assert "Life" in page
    assert [entry["changes"]["rank"] for entry in own["log"] if "rank" in (entry["changes"] or {})] == [
        ["Star", "Life"],
        ["Life", "Star"],
    ]
    for text in (page, json.dumps(own), html):
        assert "555-0142" not in text
        assert "xaver" not in text.lower()


def test_what_an_import_changed_of_somebody_who_has_gone_since_is_the_new_units(unit, admin, ava):
    crew = make_unit("Crew 9")
    theirs = make_leader(crew, RoleName.ADMIN)
    draft = make(admin, unit, person("Ava", number="7", Rank="Life"), person("Ben", number="8"))
    accept(theirs, crew, transfer(admin, unit, ava.id, crew.name).id)
    undo(draft, admin, unit)
    db.session.commit()
    assert db.session.get(Person, ava.id, populate_existing=True).rank == "Life"
    remarks = dict(map(tuple, db.session.execute(select(ImportRow.name, ImportRow.remark))))
    assert remarks["Ava Holm"] == "Ava Holm stays as it is now, because the person is in the unit no longer"
    assert list(db.session.scalars(select(Person.first_name).where(Person.last_name == "Holm"))) == ["Ava"], "Ben goes"
