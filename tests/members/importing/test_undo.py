"""An import is taken back, but for what was edited or used since."""

from datetime import date

from sqlalchemy import select, update

from app.extensions import db
from app.families.models import Person, Training
from app.members.models import Membership
from app.signups.models import Participant
from app.units.models import RoleName
from tests.duplicates.helpers import joined
from tests.factories import keep, make_adult, make_outing, make_patrol, make_person, make_role, make_unit
from tests.members.importing.helpers import count, make, member, state
from tests.members.rosters import SMALL, adults, data, person, youth
from tests.roster.helpers import put_on


def test_a_newer_training_gives_the_older_certificate_back(bring, client, unit):
    days = date(2024, 3, 1), date(2026, 3, 1)
    bo = keep(Membership(person_id=make_adult("Bo", "Holm").id, unit_id=unit.id, member_number="8")).person
    keep(Training(person_id=bo.id, code="Y01", name="Safe", completed_on=days[0], expires_on=days[1]))
    file = data(adults(person("Bo", number="8", Training="Y01 Safe", **{"Expiration Date": "03/05/2028"})))

    def stands():
        return db.session.execute(select(Training.completed_on, Training.expires_on)).one()

    for edited in (False, True):
        at, page = bring(file)
        make(client, at)
        assert stands() == (None, date(2028, 3, 5)), page.text
        if edited:
            db.session.execute(update(Training).values(completed_on=date(2026, 3, 6)))
            db.session.commit()
        assert client.post(f"{at}/undo").status_code == 303
        assert stands() == ((date(2026, 3, 6), date(2028, 3, 5)) if edited else days)


def test_the_whole_import_is_taken_back(bring, client, unit):
    member(unit, "2300201", "Zoé", "Holm", rank="Scout", birth_date=date(2014, 2, 3))
    before = state()
    at, _ = bring(SMALL.read_bytes())
    make(client, at)
    assert state() != before
    client.post(f"{at}/undo")
    back = client.get(at)
    assert "Everything is as it was before" in back.text
    assert state() == before
    client.post(f"{at}/undo")
    assert state() == before


def test_undo_leaves_what_was_edited_or_used_since_and_says_so(bring, client, unit):
    known = member(unit, "7", rank="Star")
    at, _ = bring(
        data(
            youth(
                person("Ava", number="7", Rank="Life", Gender="F"),
                person("Ben", number="8"),
                person("Cleo", number="9"),
            )
        )
    )
    known.gender = "male"
    db.session.commit()
    at, _ = bring(
        data(
            youth(
                person("Ava", number="7", Rank="Life", Gender="F"),
                person("Ben", number="8"),
                person("Cleo", number="9"),
            )
        )
    )
    make(client, at)
    known.rank = "Eagle"
    ben = db.session.scalar(select(Person).where(Person.first_name == "Ben"))
    put_on(make_outing(unit), ben)
    db.session.commit()
    client.post(f"{at}/undo")
    page = client.get(at)
    assert (known.rank, known.gender) == ("Eagle", "male")
    assert sorted(db.session.scalars(select(Person.first_name))) == ["Ava", "Ben"]
    assert count(Participant) == 1
    assert "rank stays as it is now, because it was edited since" in page.text
    assert "Ben Holm stays, because the person has been edited or used since" in page.text


def test_whoever_has_a_training_or_a_patrol_by_now_stays(bring, client, unit):
    """Nothing that a leader has written down since goes with an import that is taken back."""
    fox = make_patrol(unit, "Fox")
    at, _ = bring(data(adults(person("Bo", number="8"), person("Jo", number="9"), person("Al", number="10"))))
    make(client, at)
    bo, jo = (db.session.scalar(select(Person).where(Person.first_name == name)) for name in ("Bo", "Jo"))
    keep(Training(person_id=bo.id, code="Y01", name="Safe", completed_on=date(2026, 3, 1)))
    db.session.scalar(select(Membership).where(Membership.person_id == jo.id)).patrol_id = fox.id
    db.session.commit()
    client.post(f"{at}/undo")
    assert sorted(db.session.scalars(select(Person.first_name))) == ["Bo", "Jo"]
    assert count(Training) == 1
    assert client.get(at).text.count("stays, because the person has been edited or used since") == 2


def test_a_place_that_was_filled_since_stays(bring, client, unit, admin):
    elsewhere = make_unit("Pack 3")
    make_role(admin, elsewhere, RoleName.ADMIN)
    member(elsewhere, "7")
    at, _ = bring(data(youth(person("Ava", number="7"))))
    make(client, at)
    place = db.session.scalars(select(Membership).where(Membership.unit_id == unit.id)).one()
    place.position = "Scribe"
    db.session.commit()
    client.post(f"{at}/undo")
    assert db.session.scalars(select(Membership.position).where(Membership.unit_id == unit.id)).all() == ["Scribe"]
    assert "the place in the unit stays as it is now, because it was edited since" in client.get(at).text


def test_who_was_merged_since_is_named_too(bring, client, unit, admin):
    at, _ = bring(data(youth(person("Ava", number="7", Rank="Life"))))
    make(client, at)
    ava = db.session.scalar(select(Person))
    joined(admin, unit, make_person("Ava", "Holm", unit=unit), ava)
    db.session.commit()
    client.post(f"{at}/undo")
    assert "Ava Holm stays, because the person has been edited or used since" in client.get(at).text
