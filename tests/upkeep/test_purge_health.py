"""What flask purge-health removes, what it must leave, and what it says."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry, HealthRead
from app.audit.wording import OF_HEALTH
from app.clock import now
from app.extensions import db
from app.families.access import tie_of
from app.families.health import rules
from app.families.health.answers import Answers, Medication
from app.families.health.models import HealthNote
from app.families.health.notes import answers_in, kept_for_guardian
from app.families.models import Guardian, Person
from app.identity.models import User
from app.members.models import Membership
from app.upkeep import purging
from tests.factories import keep, make_health, make_outing, make_person, make_unit, make_user
from tests.roster.helpers import put_on
from tests.sites import behind

KEPT = timedelta(days=60)
LONG_AGO = now() - timedelta(days=300)
SAID = Answers(diets=("vegan",), medications=(Medication("Cetirizine", None, "8:00"),), conditions="asthma")


@pytest.fixture
def unit(db_session):
    return make_unit()


def outing(unit, days, **values):
    """One that ended ``days`` ago, or begins that many days ahead when negative."""
    at = now() - timedelta(days=days)
    return make_outing(unit, starts_at=at - timedelta(hours=5), ends_at=at, **values)


def somebody(unit, *outings, member=True, said_at=LONG_AGO, state="confirmed"):
    person = make_person(unit=unit)
    person.swim_class, person.form_ab_until, person.form_in_binder = "swimmer", date(2030, 1, 1), True
    if not member:
        db.session.query(Membership).filter_by(person_id=person.id).one().until = now().date() - timedelta(days=9)
    make_health(person, SAID, confirmed_at=said_at, updated_at=said_at)
    for one in outings:
        put_on(one, person, state)
    return person


def left_of(person):
    """``all``, ``no medication`` or ``nothing``."""
    db.session.refresh(person)
    note = db.session.get(HealthNote, person.id, populate_existing=True)
    if note is None:
        assert (person.swim_class, person.form_ab_until, person.form_in_binder) == (None, None, False)
        return "nothing"
    assert (person.swim_class, note.confirmed_at is not None) == ("swimmer", True)
    answers = answers_in(note)
    assert (answers.diets, answers.conditions) == (SAID.diets, SAID.conditions)
    return "all" if answers == SAID else "no medication"


def test_what_is_due_goes_and_everything_else_stays(app, unit, monkeypatch):
    monkeypatch.setattr(purging, "AT_ONCE", 2)
    over, just_over, ahead = outing(unit, 61), outing(unit, 59), outing(unit, -20)
    called_off = outing(unit, -20, state="cancelled")
    expected = {
        somebody(unit, over): "no medication",
        somebody(unit, over, called_off): "no medication",
        somebody(unit, over, just_over): "all",
        somebody(unit, over, ahead): "all",
        somebody(unit, over, said_at=now() - timedelta(days=59)): "all",
        somebody(unit): "all",  # has not been anywhere, and may go
        somebody(unit, over, state="cancelled"): "all",
        somebody(unit, over, member=False): "nothing",
        somebody(unit, member=False): "nothing",
        somebody(unit, just_over, member=False): "all",
        somebody(unit, ahead, member=False): "all",
        somebody(unit, member=False, said_at=now() - timedelta(days=59)): "all",
    }
    people = list(expected)
    openly = keep(HealthNote(person_id=make_person(unit=unit).id, diet="vegan", updated_at=LONG_AGO))
    put_on(over, db.session.get(Person, openly.person_id))
    keep(HealthRead(person_id=people[7].id, purpose="Roster of Winter camp"))
    db.session.commit()
    run = app.test_cli_runner().invoke

    dry = run(args=["purge-health", "--dry-run"])
    assert "Would remove the health notes, swim class and form dates of 2 people" in dry.output
    assert {left_of(person) for person in people} == {"all"}

    done = run(args=["purge-health"])
    assert "Removed the health notes, swim class and form dates of 2 people who are in no unit" in done.output
    assert "Removed the medication at camp of 2 members whose last outing ended before" in done.output
    assert [left_of(person) for person in people] == list(expected.values())
    assert openly.diet == "vegan"
    assert len(db.session.scalars(select(HealthRead)).all()) == 1
    trail = {entry.subject_id: entry for entry in db.session.scalars(select(AuditEntry))}
    # Under the name of every change of health notes: what they were about is not for each guardian.
    assert (trail[people[0].id].action, trail[people[0].id].changes) == (OF_HEALTH, {"medications": ["a note", "none"]})
    assert trail[people[7].id].action == "health notes removed, as no outing needs them"
    assert not [name for name in ("vegan", "Cetirizine", people[0].last_name) if name in done.output]

    again = run(args=["purge-health"])
    assert "of 0 people" in again.output
    assert "of 0 members" in again.output
    assert len(db.session.scalars(select(AuditEntry)).all()) == 4


def test_a_note_that_no_key_opens_stays_and_is_counted(app, unit, monkeypatch):
    person = somebody(unit, outing(unit, 61))
    db.session.commit()
    monkeypatch.setitem(app.config, "HEALTH_KEY", "another key " * 4)
    assert "1 health notes open with no key" in app.test_cli_runner().invoke(args=["purge-health"]).output
    assert db.session.get(HealthNote, person.id)


def without_lock(statement, after):
    return list(db.session.scalars(statement.with_only_columns(Person.id).where(Person.id > after)))


@pytest.mark.parametrize("is_locked", [True, False])
@pytest.mark.parametrize("member", [True, False])
def test_what_a_guardian_says_at_that_moment_stays(committed_db, monkeypatch, member, is_locked):
    """A statement that waits for the guardian sees the note of before, unless that is read once more."""
    if not is_locked:
        monkeypatch.setattr(purging, "locked", without_lock)
    app, said_now = committed_db.app, replace(SAID, conditions="asthma, and a broken arm")
    with app.app_context():
        unit, parent = make_unit(), make_user()
        child = somebody(unit, outing(unit, 61), member=member)
        keep(Guardian(user_id=parent.id, person_id=child.id))
        db.session.commit()
        parent_id, child_id = parent.id, child.id

    def say():
        parent = db.session.get_one(User, parent_id)
        kept = kept_for_guardian(tie_of(parent, child_id))
        rules.write(parent, child_id, said_now, kept.papers, kept.version)

    behind(app, say, lambda: purging.purge(KEPT))
    with app.app_context():
        kept = kept_for_guardian(tie_of(db.session.get_one(User, parent_id), child_id))
        assert ((kept.answers, kept.papers.swim_class) == (said_now, "swimmer")) is is_locked
