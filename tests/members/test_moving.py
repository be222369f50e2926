"""People go from unit to unit, positions have days, and patrols are renamed and retired: what was stays to be read."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.clock import now, today
from app.errors import Conflict, NotAllowed, NotFound, RuleBroken, Stale
from app.extensions import db
from app.members.importing.applying import apply
from app.members.importing.drafting import start
from app.members.importing.slices import go_on
from app.members.models import Membership, Transfer
from app.members.rules.positions import add_position, change_position, positions_of
from app.members.rules.roles import NO_ROLE, Grant, set_role
from app.members.rules.transfers import accept, coming_outings, transfer, turn_down
from app.signups.models import Participant
from app.units.models import Patrol, RoleName
from app.units.queries import patrols_of
from app.units.rules import rename_patrol, retire_patrol
from tests.factories import make_leader, make_outing, make_patrol, make_person, make_role, make_unit, make_user
from tests.roster.helpers import put_on
from tests.signups.helpers import sign_up


def places(person):
    rows = select(Membership).where(Membership.person_id == person.id).order_by(Membership.id)
    return list(db.session.scalars(rows, execution_options={"populate_existing": True}))


def test_an_admin_of_the_other_unit_accepts_and_history_stays(unit, admin, client, sign_in, app):
    other = make_unit("Crew 9")
    theirs = make_leader(other, RoleName.ADMIN)
    parent = make_user()
    person = make_person(unit=unit, patrol=make_patrol(unit), guardian=parent)
    (place,) = places(person)
    place.member_number, place.position = "77", "Scribe"
    outing = make_outing(unit, title="Winter camp")
    sign_up(parent, outing, [person])
    with pytest.raises(RuleBroken, match="no other unit of this name"):
        transfer(admin, unit, person.id, "Nowhere")
    asked = transfer(admin, unit, person.id, "  crew  9 ")
    assert transfer(admin, unit, person.id, "Crew 9") == asked, "asking again changes nothing"
    assert [one.until for one in places(person)] == [None]
    with pytest.raises(NotFound):
        accept(admin, unit, asked.id)
    with pytest.raises(NotAllowed):
        accept(admin, other, asked.id)
    accept(theirs, other, asked.id)
    with pytest.raises(Conflict):
        accept(theirs, other, asked.id)
    before, now_there = places(person)
    assert (before.unit_id, before.until, before.position) == (unit.id, today(unit.time_zone), "Scribe")
    assert (now_there.unit_id, now_there.member_number, now_there.until, now_there.patrol_id) == (
        other.id,
        "77",
        None,
        None,
    )
    assert [(held.name, held.until is None) for held in positions_of(unit.id, person.id)] in ([], [("Scribe", False)])
    # The sign-up stays, and whoever made it still finds the outing and can cancel.
    assert [one.title for one in coming_outings(person.id, unit.id)] == ["Winter camp"]
    db.session.commit()
    sign_in(client, parent)
    assert "Winter camp" in client.get("/outings").text
    assert client.get(f"/outings/{outing.id}").status_code == 200
    assert client.get(f"/outings/{outing.id}/signup").status_code == 200
    sign_up(parent, outing, [])
    assert db.session.scalars(select(Participant.state).where(Participant.person_id == person.id)).all() == [
        "cancelled"
    ]


@pytest.mark.parametrize("lost", ["role", "account", "nothing"])
def test_nobody_goes_by_the_word_of_an_admin_who_is_none_any_more(unit, admin, lost):
    other, keeper = make_unit("Crew 9"), make_leader(unit, RoleName.ADMIN)
    theirs, person = make_leader(other, RoleName.ADMIN), make_person(unit=unit)
    asked = transfer(admin, unit, person.id, "Crew 9")
    if lost == "role":
        set_role(keeper, unit, admin.id, NO_ROLE, Grant(RoleName.ADMIN))
    if lost == "account":
        admin.suspended_at = now()
    db.session.flush()
    if lost != "nothing":
        with pytest.raises(Conflict, match="an admin of Troop 77 asks again"):
            accept(theirs, other, asked.id)
        assert [place.until for place in places(person)] == [None]
        assert transfer(keeper, unit, person.id, "Crew 9") == asked
    accept(theirs, other, asked.id)
    assert [place.unit_id for place in places(person) if place.until is None] == [other.id]


def test_an_admin_of_both_units_moves_at_once_and_numbers_are_not_taken_twice(unit, admin):
    other = make_unit("Crew 9")
    make_role(admin, other, RoleName.ADMIN)
    person, holder = make_person(unit=unit), make_person(unit=other)
    for one in (person, holder):
        places(one)[0].member_number = "77"
    db.session.flush()
    with pytest.raises(RuleBroken, match="has the member number of"), db.session.begin_nested():
        transfer(admin, unit, person.id, other.name)
    places(holder)[0].member_number = "78"
    db.session.flush()
    assert transfer(admin, unit, person.id, other.name).state == "accepted"
    assert [one.unit_id for one in places(person) if one.until is None] == [other.id]
    # Back again, by asking an admin who declines.
    stranger = make_leader(make_unit("Pack 1"), RoleName.ADMIN)
    asked = transfer(admin, other, person.id, "Pack 1")
    assert asked.state == "waiting"
    with pytest.raises(Conflict, match="Another transfer waits"):
        transfer(admin, other, person.id, unit.name)
    assert turn_down(stranger, asked.to_unit, asked.id).state == "declined"
    assert turn_down(admin, other, transfer(admin, other, person.id, "Pack 1").id).state == "withdrawn"
    assert len(db.session.scalars(select(Transfer)).all()) == 3


def test_positions_have_days_that_can_be_set_right(unit, admin):
    person = make_person(unit=unit)
    (place,) = places(person)
    place.position = "Scribe"
    db.session.flush()
    day = today(unit.time_zone)
    (scribe,) = positions_of(unit.id, person.id)
    assert (scribe.since, scribe.until) == (day, None)
    change_position(admin, unit, person.id, scribe.id, (date(2020, 1, 1), None), (day, None))
    with pytest.raises(Stale):
        change_position(admin, unit, person.id, scribe.id, (date(2021, 1, 1), None), (day, None))
    add_position(admin, unit, place, "Bugler", (date(2024, 1, 1), None))
    add_position(admin, unit, place, "Den Chief", (date(2018, 1, 1), date(2019, 1, 1)))
    assert places(person)[0].position == "Scribe | Bugler"
    for days in ((day, day - timedelta(days=1)), (day + timedelta(days=1), None)):
        with pytest.raises(RuleBroken):
            add_position(admin, unit, place, "Cook", days)
    with pytest.raises(Conflict, match="already"), db.session.begin_nested():
        add_position(admin, unit, place, "bugler", (None, None))
    change_position(admin, unit, person.id, scribe.id, (date(2020, 1, 1), day), (date(2020, 1, 1), None))
    assert places(person)[0].position == "Bugler"
    # A roster that still names it makes it one of today again.
    places(person)[0].position = "Bugler | Scribe"
    db.session.flush()
    db.session.expire_all()
    assert [(held.name, held.until) for held in positions_of(unit.id, person.id)] == [
        ("Bugler", None), ("Scribe", None), ("Den Chief", date(2019, 1, 1)),
    ]  # fmt: skip


def test_patrols_are_renamed_and_retired(unit, admin, client, sign_in):
    fox, owl = make_patrol(unit, "Fox"), make_patrol(unit, "Owl")
    person = make_person("Ava", "Holm", unit=unit, patrol=fox)
    outing = make_outing(unit)
    row = put_on(outing, person, patrol_id=fox.id)
    db.session.commit()
    sign_in(client, admin)
    here = f"/units/{unit.id}/patrols"
    with pytest.raises(RuleBroken, match="named OWL already"):
        rename_patrol(admin, unit, fox.id, "OWL", "Fox")
    late = client.post(f"{here}/{fox.id}", data={"name": "Badger", "seen": "Wolf"})
    assert late.status_code == 409
    assert 'value="Badger"' in late.text
    assert client.post(f"{here}/{fox.id}", data={"name": "", "seen": "Fox"}).status_code == 422
    assert client.post(f"{here}/{fox.id}", data={"name": "Badger", "seen": "Fox"}).status_code == 303
    assert client.get(f"/units/{unit.id}/members?q=badg").text.count("<b>Ava Holm</b>") == 1
    assert client.post(f"{here}/{fox.id}/retire").status_code == 303
    assert [patrol.name for patrol in patrols_of(unit.id)] == ["Owl"], "offered to nobody any more"
    members = f"/units/{unit.id}/members"
    assert "Badger" in client.get(f"{members}/{person.id}/edit").text, "but to whoever is in it"
    assert "Badger" not in client.get(f"{members}/new").text
    assert client.get(f"/outings/{outing.id}/roster/{row.id}/edit").text.count("Badger") >= 1
    assert "retired" in client.get(here).text
    other = make_person("Ben", "Holm", unit=unit, patrol=owl)
    version = client.get(f"{members}/{other.id}/edit").text.partition('name="version" type="hidden" value="')[2][:16]
    moved = {"patrol_id": str(fox.id), "position": "", "version": version}
    assert client.post(f"{members}/{other.id}", data=moved).status_code == 422
    # A roster file that names it brings it back.
    draft = start(None, unit, b"First name,Last name,Youth or adult,Patrol\nIda,Ny,Youth,badger\n", "x.csv")
    assert go_on(draft, None, unit, patience=None)
    assert apply(draft, None, unit)
    assert db.session.get_one(Patrol, fox.id).retired_at is None
    assert retire_patrol(admin, unit, fox.id, back=True).retired_at is None
