"""What giving an account must never do: to youth, to other units, and to the account of somebody else."""

import uuid

import pytest
from sqlalchemy import select

from app.errors import NotAllowed, RuleBroken
from app.extensions import db
from app.families.models import Guardian
from app.identity.models import User
from app.members.rules.accounts import give_account, renew_link
from tests.factories import make_adult, make_leader, make_person, make_unit, make_user
from tests.members.accounts.helpers import address


def test_a_youth_never_gets_an_account(browser, unit, ava):
    assert "Only adults have an account" in browser.get(address(unit, ava)).text
    response = browser.post(address(unit, ava), data={"email": "ava@example.org"})
    assert (response.status_code, ava.user_id) == (422, None)
    assert db.session.scalar(select(User).where(User.email == "ava@example.org")) is None


def test_the_database_agrees_that_a_youth_has_no_account(ava):
    from sqlalchemy.exc import IntegrityError

    ava.user_id = make_user().id
    with pytest.raises(IntegrityError, match="only_adults_have_accounts"):
        db.session.flush()
    db.session.rollback()


def test_an_eighteen_year_old_whom_the_roster_still_lists_as_youth_can_have_one(admin, unit):
    from datetime import date

    grown = make_person("Kit", unit=unit, kind="youth", birth_date=date(2008, 1, 1))
    assert give_account(admin, unit, grown.id, "kit@example.org", [], []).token
    assert grown.kind == "adult"


def test_children_of_another_unit_cannot_be_taken(admin, unit, astrid):
    elsewhere = make_person("Mia", "Silva", unit=make_unit())
    with pytest.raises(RuleBroken):
        give_account(admin, unit, astrid.id, "astrid@example.org", [elsewhere.id], [])
    with pytest.raises(RuleBroken):
        give_account(admin, unit, astrid.id, "astrid@example.org", [uuid.uuid4()], [])


def test_guardians_of_children_of_another_unit_are_not_taken_away(admin, unit, astrid):
    user = make_user()
    astrid.user_id = user.id
    elsewhere = make_person("Mia", "Silva", unit=make_unit(), guardian=user)
    give_account(admin, unit, astrid.id, "", [], [elsewhere.id])
    assert db.session.get(Guardian, (user.id, elsewhere.id))


def test_adults_cannot_be_made_wards(admin, unit, astrid):
    other = make_adult("Bo", "Holm", unit=unit)
    with pytest.raises(RuleBroken):
        give_account(admin, unit, astrid.id, "astrid@example.org", [other.id], [])


def test_the_account_of_another_person_cannot_be_connected(admin, unit, astrid):
    user = make_user("bo@example.org")
    make_adult("Bo", "Holm", user_id=user.id)
    with pytest.raises(RuleBroken, match="belongs to the account of another person"):
        give_account(admin, unit, astrid.id, "bo@example.org", [], [])


def test_the_email_of_an_account_cannot_be_changed_here(browser, unit, astrid):
    user = make_user("astrid@example.org")
    astrid.user_id = user.id
    browser.post(address(unit, astrid), data={"email": "thief@example.org"})
    assert (user.email, astrid.user_id) == ("astrid@example.org", user.id)


def test_rules_ask_again_who_the_actor_is(unit, astrid):
    leader = make_leader(unit)
    with pytest.raises(NotAllowed):
        give_account(leader, unit, astrid.id, "astrid@example.org", [], [])
    with pytest.raises(NotAllowed):
        renew_link(leader, unit, astrid.id)
