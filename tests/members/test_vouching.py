"""A one-time link opens an account to whoever holds it: no admin gets by it at what is not their unit's."""

import pytest

from app.errors import RuleBroken
from app.extensions import db
from app.identity.rules.links import LinkSpent, make_password_link, open_link
from app.members.models import JoinRequest, Membership, RequestState
from app.members.rules.accounts import give_account, may_vouch_for, renew_link
from app.members.rules.roles import NO_ROLE, Grant, set_role
from app.privacy.rules.removal import remove_account
from app.units.models import RoleName
from tests.factories import keep, make_adult, make_leader, make_person, make_role, make_unit, make_user


@pytest.fixture
def astrid(unit):
    return make_adult("Astrid", "Holm", unit=unit)


@pytest.fixture
def link(admin, unit, astrid):
    return give_account(admin, unit, astrid.id, "astrid@example.org", [], [])


def opens(link):
    try:
        return open_link(link.token).user == link.user
    except LinkSpent:
        return False


# --- a link that was made rightly, and what happens before it is used


def test_it_opens_the_account_that_it_was_made_for(link):
    assert opens(link)


def test_its_page_says_that_it_is_spent_once_its_maker_administers_nothing(client, link, unit, admin):
    keeper = make_leader(unit, RoleName.ADMIN)
    assert client.get(f"/welcome/{link.token}").status_code == 200
    set_role(keeper, unit, admin.id, NO_ROLE, Grant(RoleName.ADMIN))
    sent = {"password": "a quite new phrase", "again": "a quite new phrase"}
    assert client.get(f"/welcome/{link.token}").status_code == 410
    assert client.post(f"/welcome/{link.token}", data=sent).status_code == 410
    assert link.user.password_hash is None


@pytest.mark.parametrize(
    "grow",
    [
        lambda user: make_role(user, make_unit()),
        lambda user: make_person("Mia", unit=make_unit(), guardian=user),
        lambda user: setattr(user, "is_site_admin", True),
    ],
    ids=["leads another unit", "has a child in another unit", "runs the site"],
)
def test_it_opens_nothing_once_the_account_reaches_further_than_its_maker(link, grow):
    grow(link.user)
    db.session.flush()
    assert not opens(link)


def test_it_opens_nothing_once_its_maker_is_suspended(link, admin):
    admin.suspended_at = admin.created_at
    db.session.flush()
    assert not opens(link)


def test_it_opens_nothing_once_its_maker_has_left(link, unit, admin):
    make_leader(unit, RoleName.ADMIN)
    admin.leaves_at = admin.created_at
    db.session.flush()
    assert remove_account(admin.id)
    assert not opens(link)


def test_a_child_who_is_in_a_second_unit_too_takes_nothing_from_it(admin, unit, astrid):
    ava = make_person("Ava", "Holm", unit=unit)
    keep(Membership(person_id=ava.id, unit_id=make_unit().id))
    assert opens(give_account(admin, unit, astrid.id, "astrid@example.org", [ava.id], []))


def test_that_of_a_command_asks_for_no_maker(unit):
    user = make_leader(unit)
    assert open_link(make_password_link(user, None)).user == user


# --- an account that its owner has made, and that an admin connects with somebody on the roster


@pytest.fixture
def owner(db_session):
    return make_user("astrid@example.org")


def test_a_family_that_no_unit_has_on_its_list_is_not_opened_by_connecting_it(
    client, sign_in, unit, admin, astrid, owner
):
    make_person("Tot", "Holm", guardian=owner)
    sign_in(client, admin)
    here = f"/units/{unit.id}/members/{astrid.id}/account"
    answer = client.post(here, data={"email": owner.email})
    assert (answer.status_code, astrid.user_id) == (422, None)
    assert "by an invitation" in answer.text
    assert "/welcome/" not in client.post(f"{here}/link").text


def test_nor_one_that_has_left_its_unit(unit, admin, astrid, owner):
    former = make_person("Mia", "Holm", unit=unit, guardian=owner)
    db.session.query(Membership).filter_by(person_id=former.id).update({"until": owner.created_at.date()})
    with pytest.raises(RuleBroken, match="by an invitation"):
        give_account(admin, unit, astrid.id, owner.email, [], [])


def test_it_is_connected_once_its_owner_has_come_into_the_unit(unit, admin, astrid, owner):
    make_person("Tot", "Holm", guardian=owner)
    make_person("Ava", "Holm", unit=unit, guardian=owner)
    assert give_account(admin, unit, astrid.id, owner.email, [], []).user == owner
    assert renew_link(admin, unit, astrid.id).token


def test_no_link_for_an_account_that_asks_to_join_another_unit(unit, admin, astrid, owner):
    give_account(admin, unit, astrid.id, owner.email, [], [])
    assert may_vouch_for(admin, owner)
    asked = {"unit_id": make_unit().id, "name": owner.name, "email": owner.email, "state": RequestState.WAITING}
    keep(JoinRequest(user_id=owner.id, **asked))
    assert not may_vouch_for(admin, owner)
