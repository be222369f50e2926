"""Who was taken off is put on again: only if they may still come, and not by a permission that their family took back."""

from datetime import timedelta

import pytest

from app import clock
from app.clock import now
from app.extensions import db
from app.families.models import EmergencyContact, Guardian
from app.members.models import Membership
from app.outings.models import OutingUnit
from tests.factories import keep, make_adult, make_family, make_person, make_unit, make_user
from tests.roster.helpers import HTMX, edit, put_on, state_of, text_of, toast_of, url, youth
from tests.signups.helpers import children_of, form, row_of, sign_up


def leave(person, to=None):
    """To another unit, or to none."""
    place = db.session.query(Membership).filter_by(person_id=person.id).one()
    place.until = now().date()
    if to:
        keep(Membership(person_id=person.id, unit_id=to.id))
    db.session.flush()


@pytest.mark.parametrize("state", ["confirmed", "waiting"])
def test_whoever_has_left_is_no_longer_the_leaders_to_put_on(troop, desk, state):
    ben = youth(troop.unit, "Ben")
    keep(EmergencyContact(person_id=ben.id, name="Aunt Ida", phone="555-0199"))
    gone = put_on(troop.outing, ben, "cancelled")
    leave(ben, to=(elsewhere := make_unit()))
    refused = edit(desk, troop.outing, gone, state=state)
    assert (refused.status_code, state_of(gone)) == (422, "cancelled")
    assert "no longer a member of a unit that this outing is open to" in text_of(refused)
    assert "Aunt Ida" not in text_of(desk.get(url(troop.outing, gone)))
    keep(OutingUnit(outing_id=troop.outing.id, unit_id=elsewhere.id))
    assert edit(desk, troop.outing, gone, state="confirmed").status_code == 200


def test_an_adult_comes_with_a_child_that_may(troop, desk):
    parent = make_user()
    nils = make_adult("Nils", user_id=parent.id)
    gone = put_on(troop.outing, nils, "cancelled", unit_id=None)
    assert edit(desk, troop.outing, gone, state="confirmed").status_code == 422
    make_person("Ava", unit=troop.unit, guardian=parent)
    assert edit(desk, troop.outing, gone, state="confirmed").status_code == 200
    grandpa = make_adult("Olaf", guardian=parent)
    assert edit(desk, troop.outing, put_on(troop.outing, grandpa, "cancelled"), state="confirmed").status_code == 200


@pytest.mark.parametrize(("minutes", "status"), [(4, 200), (6, 409)])
def test_a_slip_of_the_finger_is_taken_back_all_the_same(troop, desk, minutes, status):
    """Whoever went to another unit stays on the outing until somebody takes them off."""
    ben = put_on(troop.outing, youth(troop.unit, "Ben"))
    leave(ben.person)
    undo = toast_of(edit(desk, troop.outing, ben, state="cancelled"))["undo"]
    with clock.frozen(now() + timedelta(minutes=minutes)):
        assert desk.post(undo["url"], data=undo["fields"], headers=HTMX).status_code == status


@pytest.fixture
def parent(troop):
    """Of Ava, whom they have signed up."""
    parent = make_family(troop.unit, 1)
    sign_up(parent, troop.outing, children_of(parent))
    return parent


def permission_of(desk, outing, child):
    said = text_of(desk.get(url(outing, row_of(outing, child))))
    return "none yet" if "none yet" in said else "given" if "given" in said else said


def test_what_the_family_took_back_is_not_given(troop, desk, signed_in, parent):
    """The text that they agreed to: "I can withdraw this permission at any time by cancelling"."""
    (ava,) = children_of(parent)
    sign_up(parent, troop.outing, [])
    assert edit(desk, troop.outing, row_of(troop.outing, ava), state="confirmed").status_code == 200
    assert permission_of(desk, troop.outing, ava) == "none yet"
    home, here = signed_in(parent), f"/outings/{troop.outing.id}/signup"
    assert "A leader has put Ava on the list" in text_of(home.get(here))
    home.post(here, data=form([ava], seen=str(ava.id)))
    assert permission_of(desk, troop.outing, ava) == "given"
    assert 'name="consent"' not in home.get(here).text


def test_what_a_leader_took_off_and_puts_on_again_keeps_it(troop, desk, parent):
    (ava,) = children_of(parent)
    for state in ("cancelled", "confirmed"):
        assert edit(desk, troop.outing, row_of(troop.outing, ava), state=state).status_code == 200
    assert permission_of(desk, troop.outing, ava) == "given"


def test_whom_a_leader_added_is_permitted_by_the_family_on_its_page(troop, desk, signed_in):
    parent = make_family(troop.unit, 1)
    (ava,) = children_of(parent)
    desk.post(url(troop.outing, end="/add"), data={"person_id": ava.id}, headers=HTMX)
    home, here = signed_in(parent), f"/outings/{troop.outing.id}/signup"
    assert 'name="consent"' in home.get(here).text
    home.post(here, data=form([ava], seen=str(ava.id), consent=""))
    assert permission_of(desk, troop.outing, ava) == "none yet"
    home.post(here, data=form([ava], seen=str(ava.id)))
    assert permission_of(desk, troop.outing, ava) == "given"


def test_a_guardian_who_gives_none_is_not_asked(troop, desk, signed_in):
    parent = make_family(troop.unit, 1)
    (ava,) = children_of(parent)
    db.session.get(Guardian, (parent.id, ava.id)).may_consent = False
    desk.post(url(troop.outing, end="/add"), data={"person_id": ava.id}, headers=HTMX)
    assert 'name="consent"' not in signed_in(parent).get(f"/outings/{troop.outing.id}/signup").text
