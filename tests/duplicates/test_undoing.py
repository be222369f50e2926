"""A merge is taken back: what stands in its way is said, a new key is no change, and what is purged stays away."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.log import Wanted, entries
from app.audit.rules import record, record_health_read
from app.clock import frozen, now, today
from app.duplicates.rules.undoing import undo
from app.errors import Conflict, RuleBroken
from app.extensions import db
from app.families.access import tie_of
from app.families.health.answers import Answers, Medication
from app.families.health.models import HealthNote
from app.families.health.notes import answers_in, looks_at
from app.families.health.rotation import rotate
from app.families.health.rules import seal_into
from app.families.models import Person
from app.members.models import Membership
from app.upkeep.purging import purge
from tests.duplicates.helpers import joined, place_of
from tests.factories import make_adult, make_health, make_outing, make_person, make_user
from tests.roster.helpers import put_on


def test_an_undo_says_what_stands_in_its_way(db_session, unit, admin):
    outing = make_outing(unit, title="Full", total_seats=2)
    kept, gone = (make_person("Ava", "Holm", unit=unit) for _ in range(2))
    for person in (kept, gone):
        put_on(outing, person)
    put_on(outing, make_person("Willy", "Vik", unit=unit), "waiting", number=1)
    done = joined(admin, unit, kept, gone)
    assert [row.person.first_name for row in done.moved_up] == ["Willy"]
    with pytest.raises(Conflict, match="the seat on Full is somebody else's"):
        undo(admin, unit, done.merge.id)

    two = [make_adult("Bo", "Vik", unit=unit), make_adult("Bo", "Vik", unit=unit, rank="Eagle")]
    done = joined(admin, unit, *two)
    db.session.get_one(Person, two[0].id).rank = "Life"
    db.session.flush()
    with pytest.raises(Conflict, match="details of the person has been changed since"):
        undo(admin, unit, done.merge.id)

    three = [make_person("Cy", "Lund", unit=unit) for _ in range(2)]
    place_of(three[1], unit).member_number = "55"
    done = joined(admin, unit, *three, {f"{unit.id}.member_number": "kept"})
    db.session.scalars(select(Membership).where(Membership.person_id == three[0].id)).one().until = today(
        unit.time_zone
    )
    other = make_person(unit=unit)
    place_of(other, unit).member_number = "55"
    db.session.flush()
    with pytest.raises(Conflict, match=r"somebody else's by now|has been changed since"), db.session.begin_nested():
        undo(admin, unit, done.merge.id)

    four = [make_person("Di", "Berg", unit=unit) for _ in range(2)]
    done = joined(admin, unit, *four)
    with frozen(now() + timedelta(days=31)), pytest.raises(RuleBroken, match="more than 30 days ago"):
        undo(admin, unit, done.merge.id)


def test_a_new_key_is_no_change_and_guardians_see_looks_at_both_rows(app, db_session, unit, admin, monkeypatch):
    parent = make_user()
    kept, gone = (make_person("Ava", "Holm", unit=unit, guardian=parent) for _ in range(2))
    for person in (kept, gone):
        make_health(person, Answers(diet_words=f"Of {person.id}"))
    reader = make_user(name="Cook Berg")
    record_health_read(reader, gone.id, "Roster of Winter camp", None)
    ids = kept.id, gone.id
    record(admin, "person changed", gone, changes={"rank": (None, "Star")}, unit_id=unit.id)
    db.session.flush()
    done = joined(admin, unit, kept, gone)
    tie = tie_of(parent, ids[1])
    assert tie.person.id == ids[0], "the address of the row that is gone leads to the other"
    assert [(look.reader, look.purpose) for look in looks_at(tie)] == [("Cook Berg", "Roster of Winter camp")]
    assert "person changed" in {entry.action for entry in entries(Wanted(subject_id=ids[0]))[0]}

    monkeypatch.setitem(app.config, "HEALTH_KEY_FALLBACKS", [app.config["HEALTH_KEY"]])
    monkeypatch.setitem(app.config, "HEALTH_KEY", "a newer key " * 4)
    assert [progress.done for progress in rotate()] == [1]
    undo(admin, unit, done.merge.id)
    assert [answers_in(db.session.get_one(HealthNote, id)).diet_words for id in ids] == [f"Of {id}" for id in ids]
    assert looks_at(tie_of(parent, ids[0])) == []

    done = joined(admin, unit, *(db.session.get_one(Person, id) for id in ids))
    seal_into(db.session.get_one(HealthNote, ids[0]), Answers(diet_words="Something else"))
    db.session.flush()
    with pytest.raises(Conflict, match="the answers on food and health has been changed"):
        undo(admin, unit, done.merge.id)


def test_what_is_purged_does_not_come_back_with_an_undo(db_session, unit, admin):
    ago = now() - timedelta(days=90)
    kept, gone = (make_person("Ava", "Holm", unit=unit) for _ in range(2))
    put_on(make_outing(unit, starts_at=ago - timedelta(hours=5), ends_at=ago), gone)
    said = Answers(conditions="asthma", medications=(Medication("Cetirizine", None, "8:00"),))
    make_health(gone, said, confirmed_at=ago, updated_at=ago)
    id, done = kept.id, joined(admin, unit, kept, gone)
    assert purge(timedelta(days=60)).medications == 1
    assert answers_in(db.session.get_one(HealthNote, id)) == replace(said, medications=())
    assert done.merge.sealed is None
    with pytest.raises(RuleBroken, match="have been removed since"):
        undo(admin, unit, done.merge.id)
