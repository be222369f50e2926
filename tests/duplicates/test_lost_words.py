"""What somebody has written in the row that goes is not lost in a merge."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clock import now
from app.duplicates.rules.undoing import undo
from app.extensions import db
from app.families.health.answers import Answers, Medication
from app.families.health.models import HealthNote
from app.families.health.notes import answers_in
from app.families.models import Collector, EmergencyContact, GuardianProposal
from app.roster.queries import everybody
from app.signups.models import Participant
from app.signups.rules.leader import add_person
from app.upkeep.purging import purge
from tests.duplicates.helpers import joined
from tests.factories import keep, make_adult, make_health, make_outing, make_person, make_user
from tests.roster.helpers import put_on
from tests.signups.helpers import sign_up


@pytest.mark.parametrize(
    ("model", "shared", "more"),
    [
        (Collector, {"name": "Nora", "may_collect": True}, {"phone": "555-0123", "note": "Only on Fridays"}),
        (EmergencyContact, {"name": "Nora", "phone": "555-0123"}, {"relationship_to": "grandmother"}),
        (GuardianProposal, {"name": "Nora"}, {"phone": "555-0123", "relationship_to": "mother"}),
    ],
)
def test_of_two_rows_about_one_name_the_one_that_says_more_stays(unit, admin, model, shared, more):
    kept, gone = (make_person("Ava", "Holm", unit=unit) for _ in range(2))
    keep(model(person_id=kept.id, **shared))
    keep(model(person_id=gone.id, **shared, **more))
    joined(admin, unit, kept, gone)
    rows = db.session.scalars(select(model).where(model.person_id == kept.id)).all()
    assert [{name: getattr(row, name) for name in more} for row in rows if row.name == "Nora"][-1] == more


def test_the_ride_that_only_the_row_that_goes_offers_is_offered_by_the_one_that_stays(unit, admin):
    outing = make_outing(unit, counts_cars=True)
    kept, gone = (make_adult("Bo", "Holm", unit=unit) for _ in range(2))
    ids = kept.id, gone.id
    put_on(outing, kept)
    put_on(outing, gone, passengers_there=4, passengers_back=3, note="Leaves from the station")
    made = joined(admin, unit, kept, gone).merge
    live = select(Participant).where(Participant.person_id == ids[0], Participant.state == "confirmed")
    row = db.session.scalars(live).one()
    assert (row.passengers_there, row.passengers_back, row.note) == (4, 3, "Leaves from the station")
    undo(admin, unit, made.id)
    db.session.expire_all()
    rows = db.session.scalars(select(Participant).where(Participant.outing_id == outing.id)).all()
    assert {row.person_id: (row.state, row.passengers_there, row.note) for row in rows} == {
        ids[0]: ("confirmed", None, None),
        ids[1]: ("confirmed", 4, "Leaves from the station"),
    }


def test_permission_that_a_family_has_given_holds_although_a_leader_added_the_child_once_more(unit, admin):
    outing, parent = make_outing(unit), make_user()
    kept = make_person("Ava", "Holm", unit=unit)
    gone = make_person("Ava", "Holm", unit=unit, guardian=parent)
    sign_up(parent, outing, [gone])
    add_person(admin, outing, kept.id)
    joined(admin, unit, kept, gone)
    (found,) = everybody(outing)
    assert found.agreed is True


def test_what_a_guardian_has_just_confirmed_is_not_purged_because_the_other_row_was_silent(unit, admin):
    long_ago = now() - timedelta(days=300)
    camp = make_outing(unit, starts_at=long_ago - timedelta(days=2), ends_at=long_ago)
    kept, gone = (make_person("Ava", "Holm", unit=unit) for _ in range(2))
    put_on(camp, kept)
    make_health(kept, Answers(diets=("vegan",)), confirmed_at=long_ago, updated_at=long_ago)
    make_health(gone, Answers(medications=(Medication("Cetirizine", None, "8:00"),)), confirmed_at=now())
    kept_id = kept.id
    joined(admin, unit, kept, gone)
    purge(timedelta(days=60))
    assert answers_in(db.session.get_one(HealthNote, kept_id, populate_existing=True)).medications
