"""A link to a child that lies about is no way back for a guardian from whom an admin has taken something."""

import pytest

from app.extensions import db
from app.families import guardians
from app.families.access import tie_of
from app.families.guardians import InvitationSpent, Rights
from app.families.models import Guardian, Person
from app.members.rules import invitations
from tests.factories import keep, make_adult, make_person, make_user

ALL = {"seen_may_sign_up": "1", "seen_may_consent": "1", "seen_may_see_health": "1"}


@pytest.fixture
def bo(unit):
    bo = make_user()
    make_adult("Bo", "Holm", unit=unit, user_id=bo.id)
    return bo


@pytest.fixture
def child(unit, bo):
    child = make_person("Ava", "Holm", unit=unit, guardian=bo)
    keep(Guardian(user_id=make_user().id, person_id=child.id))
    return child


@pytest.fixture
def links(unit, admin, child):
    """``links()``: which of an admin's slip of paper and another guardian's link still open the child."""
    other = (
        db.session.query(Guardian).filter(Guardian.person_id == child.id).order_by(Guardian.since.desc()).first().user
    )
    (slip,) = invitations.make_links(admin, unit, [child.id])
    token = guardians.invite(other, tie_of(other, child.id), None, Rights())

    def opens(open_it, token):
        try:
            return open_it(token).person_id == child.id
        except InvitationSpent:
            return False

    def links():
        both = {"slip": (invitations.open_invitation, slip.token), "link": (guardians.open_invitation, token)}
        return [name for name, way in both.items() if opens(*way)]

    return links


def change(client, unit, child, user, **sent):
    here = f"/units/{unit.id}/members/{child.id}/guardians/{user.id}"
    assert client.post(here, data=ALL | sent).status_code == 303
    db.session.expire_all()


def test_a_slip_of_paper_is_no_way_back_for_who_was_detached(client, app, unit, child, bo, admin, sign_in):
    (slip,) = invitations.make_links(admin, unit, [child.id])
    change(client, unit, child, bo, detach="1")
    theirs = app.test_client()
    sign_in(theirs, bo)
    assert theirs.post(f"/join/{slip.token}", data={"relationship_to": "father"}).status_code == 410
    assert db.session.get(Guardian, (bo.id, child.id)) is None


@pytest.mark.parametrize(
    "sent", [{"detach": "1"}, {"may_sign_up": "1", "may_consent": "1"}], ids=["detached", "limited"]
)
def test_no_link_to_the_child_works_any_longer(client, unit, child, bo, links, sent):
    assert links() == ["slip", "link"]
    change(client, unit, child, bo, **sent)
    assert links() == []


def test_nor_where_a_box_is_not_ticked_any_longer(client, unit, child, bo, links):
    adult = db.session.query(Person).filter_by(user_id=bo.id).one()
    client.post(f"/units/{unit.id}/members/{adult.id}/account", data={"children": [], "had": [child.id]})
    db.session.expire_all()
    assert links() == []


def test_what_is_given_back_ends_none(client, unit, child, bo, links):
    db.session.get(Guardian, (bo.id, child.id)).may_consent = False
    db.session.flush()
    change(client, unit, child, bo, seen_may_consent="", may_sign_up="1", may_consent="1", may_see_health="1")
    assert db.session.get(Guardian, (bo.id, child.id)).may_consent
    assert links() == ["slip", "link"]
