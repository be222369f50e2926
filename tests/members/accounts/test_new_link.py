"""A new one-time link is made by whoever may vouch for the account, and for nobody who reaches further."""

import pytest

from app.errors import RuleBroken
from app.extensions import db
from app.families.models import Guardian
from app.members.rules.accounts import may_vouch_for, renew_link
from app.units.models import RoleName
from tests.factories import keep, make_leader, make_person, make_role, make_unit, make_user
from tests.members.accounts.helpers import address, links, token_in


def refused(browser, unit, person):
    before = links()
    response = browser.post(address(unit, person, "/link"))
    assert response.status_code == 403
    assert links() == before
    assert "Make a new one-time link" not in browser.get(address(unit, person)).text
    return True


def test_no_link_for_a_site_admin(browser, unit, astrid):
    astrid.user_id = make_user(is_site_admin=True).id
    assert refused(browser, unit, astrid)


def test_no_link_for_a_site_admin_not_even_by_another(client, sign_in, unit, astrid):
    astrid.user_id = make_user(is_site_admin=True).id
    sign_in(client, make_user(is_site_admin=True))
    assert refused(client, unit, astrid)


def test_no_link_for_a_leader_of_another_unit(browser, unit, astrid):
    user = make_leader(make_unit())
    astrid.user_id = user.id
    assert refused(browser, unit, astrid)


def test_no_link_for_a_parent_with_children_in_another_unit(browser, unit, astrid, ava):
    user = make_user()
    astrid.user_id = user.id
    make_person("Mia", "Holm", unit=make_unit(), guardian=user)
    assert refused(browser, unit, astrid)


def test_no_link_for_an_account_that_another_unit_made_and_that_waits_for_its_first_password(browser, unit, astrid):
    user = make_user("astrid@example.org", password_hash=None)
    make_person("Mia", "Holm", unit=make_unit(), guardian=user)
    connected = browser.post(address(unit, astrid), data={"email": "astrid@example.org"})
    assert connected.status_code == 303
    assert "/welcome/" not in connected.text
    assert refused(browser, unit, astrid)


def test_a_link_for_a_parent_of_this_unit_who_forgot_the_password(browser, unit, astrid, ava):
    user = make_user()
    astrid.user_id = user.id
    keep(Guardian(user_id=user.id, person_id=ava.id))
    make_person("Tot", "Holm", guardian=user)
    assert token_in(browser.post(address(unit, astrid, "/link")))


def test_a_link_by_somebody_who_administers_both_units(admin, unit, astrid):
    other = make_unit()
    user = make_leader(other)
    astrid.user_id = user.id
    db.session.flush()
    assert not may_vouch_for(admin, user)
    make_role(admin, other, RoleName.LEADER)
    assert not may_vouch_for(admin, user), "leading is not administering"
    both = make_leader(unit, RoleName.ADMIN)
    make_role(both, other, RoleName.ADMIN)
    assert renew_link(both, unit, astrid.id).token


def test_a_site_admin_may_make_a_link_for_anybody_else(unit, astrid):
    user = make_leader(make_unit())
    astrid.user_id = user.id
    assert renew_link(make_user(is_site_admin=True), unit, astrid.id).token


def test_an_account_that_reaches_nothing_has_nobody_to_vouch_for_it(admin):
    assert not may_vouch_for(admin, make_user())


def test_a_link_needs_an_account(admin, unit, astrid):
    with pytest.raises(RuleBroken, match="no account yet"):
        renew_link(admin, unit, astrid.id)
