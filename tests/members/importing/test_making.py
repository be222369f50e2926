"""A roster brought in the browser: shown, ticked, and made once."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.extensions import db
from app.families.models import Guardian, GuardianProposal, Person
from app.members.models import ImportRow, Membership
from tests.members.importing.helpers import count, form_of, make, member, state
from tests.members.rosters import SHARED, SMALL, data, person, youth


def number_of(name):
    return db.session.scalar(select(ImportRow.number).where(ImportRow.name == name))


def test_everything_is_shown_and_nothing_is_changed_before_somebody_says_so(bring, client, unit):
    before = state()
    at, page = bring(SMALL.read_bytes())
    assert state() == before
    assert "Add Zoé Holm: </span>youth, member 2300201" in page.text
    assert "Patrols that would be added: Otters and Vikings" in page.text
    assert make(client, at).status_code == 303
    assert count(Person) == 5
    zoe = db.session.scalar(select(Membership).where(Membership.member_number == "2300201"))
    assert (zoe.person.first_name, zoe.patrol.name, zoe.position) == ("Zoé", "Vikings", "Scribe")
    assert count(Guardian) == 0
    page = client.get(at).text
    assert "Guardians whom the file names" in page
    assert "The file brought 5 new people. All of it was imported." in " ".join(page.split())


def test_a_second_post_of_the_same_plan_changes_nothing(bring, client):
    at, page = bring(SMALL.read_bytes())
    form = form_of(page) | {"go": "apply"}
    client.post(at, data=form)
    after, entries = state(), count(AuditEntry)
    client.post(at, data=form)
    again = client.get(at)
    assert "made already" in again.text
    assert (state(), count(AuditEntry)) == (after, entries)


def test_what_is_not_ticked_is_not_done(bring, client):
    at, page = bring(data(youth(person("Ava", number="7"), person("Ben", number="8"))))
    form = form_of(page)
    form["tick"].remove(str(number_of("Ben Holm")))
    client.post(at, data=form | {"go": "apply"})
    assert [p.first_name for p in db.session.scalars(select(Person))] == ["Ava"]


def test_one_change_of_a_person_can_be_left_out(bring, client, unit):
    ava = member(unit, "7", rank="Star", gender="male")
    at, page = bring(data(youth(person("Ava", number="7", Rank="Life", Gender="F"))))
    number = number_of("Ava Holm")
    (rank,) = [f"{number}.{n}" for n, c in enumerate(row_of("Ava Holm").changes) if c["key"] == "rank"]
    form = form_of(page)
    form["tick"].remove(rank)
    client.post(at, data=form | {"go": "apply"})
    assert (ava.rank, ava.gender) == ("Star", "female")


def row_of(name):
    return db.session.scalar(select(ImportRow).where(ImportRow.name == name))


FORMS = "Health Form A/B - Health Form C"


def test_an_older_date_waits_for_a_tick(bring, client, unit):
    ava = member(unit, "7", form_ab_until=date(2027, 5, 1))
    file = data(youth(person("Ava", number="7", **{FORMS: "04/24/2026(AB)"})))
    at, page = bring(file)
    assert "older than what is known" in page.text
    make(client, at)
    assert ava.form_ab_until == date(2027, 5, 1)
    said = " ".join(client.get(at).text.split())
    assert "The file brought changes to 1 person. 0 rows were imported, as ticked." in said
    at, page = bring(file)
    row = row_of_import(at, "Ava Holm")
    (box,) = [f"{row.number}.{n}" for n, c in enumerate(row.changes) if c["key"] == "form_ab_until"]
    make(client, at, tick=[box])
    assert ava.form_ab_until == date(2026, 4, 24)


def row_of_import(at, name):
    return db.session.scalar(
        select(ImportRow).where(ImportRow.import_id == at.rsplit("/", 1)[-1], ImportRow.name == name)
    )


def test_what_somebody_changes_between_the_look_and_the_import_is_left_alone(bring, client, unit):
    ava = member(unit, "7", rank="Star")
    at, page = bring(data(youth(person("Ava", number="7", Rank="Life"))))
    ava.rank = "Eagle"
    db.session.commit()
    client.post(at, data=form_of(page) | {"go": "apply"})
    assert ava.rank == "Eagle"
    assert "somebody changed this meanwhile" in client.get(at).text


@pytest.mark.skipif(
    not SHARED.exists(), reason="the large fictional rosters stand beside this checkout only in its workshop"
)
def test_three_programs_files_one_after_the_other_double_nobody(bring, client, unit):
    unit.name = "Troop 77"
    db.session.commit()
    at, page = bring((SHARED / "scoutbook_roster.csv").read_bytes())
    everybody(client, at)
    assert (count(Person), count(GuardianProposal)) == (82, 41)
    people = {row.id: (row.first_name, row.last_name) for row in db.session.scalars(select(Person))}
    for name in ("my_scouting_roster", "troopmaster_scouts"):
        at, page = bring((SHARED / f"{name}.csv").read_bytes())
        assert "Changed" in page.text
        assert (
            db.session.scalar(select(func.count()).where(ImportRow.outcome.in_(("new", "unclear", "rejected")))) == 82
        )
        everybody(client, at)
        assert {row.id: (row.first_name, row.last_name) for row in db.session.scalars(select(Person))} == people
        again, _ = bring((SHARED / f"{name}.csv").read_bytes())
        assert not db.session.scalar(
            select(func.count()).where(
                ImportRow.import_id == again.rsplit("/", 1)[-1], ImportRow.changes.contains([{"on": True}])
            )
        )
    noah = db.session.scalar(select(Membership).where(Membership.member_number == "1400509"))
    named = db.session.scalars(select(GuardianProposal).where(GuardianProposal.person_id == noah.person_id)).all()
    adults = {db.session.get(Person, found.adult_id).first_name for found in named}
    assert adults == {"Anders", "Marit"}
    anders = db.session.scalar(select(Membership).where(Membership.member_number == "1300113"))
    assert (anders.person.phone, anders.position) == ("(555) 555-0187", "Scoutmaster")


def everybody(client, at):
    """Apply with the ticks as they came."""
    return client.post(at, data={"go": "apply"})
