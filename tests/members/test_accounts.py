import re
import uuid

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.errors import NotAllowed, RuleBroken
from app.extensions import db
from app.families.models import Guardian, GuardianProposal, Person
from app.identity.models import PasswordLink, User
from app.members.rules.accounts import give_account, may_vouch_for, renew_link
from app.units.models import RoleName
from tests.factories import keep, make_adult, make_leader, make_person, make_role, make_unit, make_user


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 5")


@pytest.fixture
def admin(unit):
    return make_leader(unit, RoleName.ADMIN)


@pytest.fixture
def astrid(unit):
    return make_adult("Astrid", "Holm", unit=unit, email="astrid@example.org")


@pytest.fixture
def ava(unit, astrid):
    ava = make_person("Ava", "Holm", unit=unit)
    keep(
        GuardianProposal(
            person_id=ava.id, adult_id=astrid.id, name="Astrid Holm", relationship_to="Mother", phone="555-0113"
        )
    )
    return ava


@pytest.fixture
def browser(client, sign_in, admin):
    sign_in(client, admin)
    return client


def address(unit, person, more=""):
    return f"/units/{unit.id}/members/{person.id}/account{more}"


def links():
    return db.session.scalar(select(func.count()).select_from(PasswordLink).where(PasswordLink.used_at.is_(None)))


def token_in(response):
    return re.search(r"http://localhost/welcome/([\w-]+)", response.text)[1]


# --- the way it is meant


def test_the_form_knows_the_email_and_the_children_of_the_roster(browser, unit, astrid, ava):
    other = make_person("Ben", "Okafor", unit=unit)
    page = browser.get(address(unit, astrid)).text
    assert 'value="astrid@example.org"' in page
    assert re.search(rf'value="{ava.id}" checked', page)
    assert re.search(rf'value="{other.id}">', page)


def test_an_account_is_made_and_its_link_is_shown_once(app, browser, unit, admin, astrid, ava):
    response = browser.post(address(unit, astrid), data={"email": "Astrid@Example.org", "children": [ava.id]})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert "expires in 48 hours" in response.text
    user = db.session.scalar(select(User).where(User.email == "Astrid@Example.org"))
    assert (user.name, user.password_hash, astrid.user_id) == ("Astrid Holm", None, user.id)
    guardian = db.session.get(Guardian, (user.id, ava.id))
    assert guardian.relationship_to == "mother"
    actions = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.actor_id == admin.id)))
    assert {"account made", "account connected", "guardian added"} <= actions
    token = token_in(response)
    assert token not in browser.get(address(unit, astrid)).text
    assert token not in str(db.session.scalars(select(AuditEntry.changes)).all())

    parent = app.test_client()
    assert parent.get(f"/welcome/{token}").status_code == 200
    parent.post(f"/welcome/{token}", data={"password": "six small tents", "again": "six small tents"})
    family = parent.get("/family").text
    assert "Ava Holm" in family, "whoever just came by the link finds the children"
    assert "Astrid Holm" in family


def test_sending_the_form_twice_makes_one_account(browser, unit, astrid, ava):
    for _ in range(2):
        browser.post(address(unit, astrid), data={"email": "astrid@example.org", "children": [ava.id]})
    assert db.session.scalar(select(func.count()).select_from(User).where(User.email == "astrid@example.org")) == 1
    assert links() == 1


def test_an_email_with_an_account_is_connected_without_a_link(browser, unit, astrid, ava):
    user = make_user("astrid@example.org", name="Astrid H.")
    before = user.password_hash
    response = browser.post(address(unit, astrid), data={"email": "ASTRID@example.org", "children": [ava.id]})
    response = browser.get(response.location)
    assert "has an account already. It is connected to Astrid Holm now; the password stays the same." in response.text
    assert "/welcome/" not in response.text
    assert (astrid.user_id, user.password_hash, links()) == (user.id, before, 0)
    assert db.session.get(Guardian, (user.id, ava.id))


def test_later_a_new_link_replaces_the_first(app, browser, unit, astrid, ava):
    first = token_in(browser.post(address(unit, astrid), data={"email": "astrid@example.org", "children": [ava.id]}))
    response = browser.post(address(unit, astrid, "/link"))
    second = token_in(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert app.test_client().get(f"/welcome/{first}").status_code in (410, 422)
    assert app.test_client().get(f"/welcome/{second}").status_code == 200


def test_a_box_that_was_ticked_and_is_not_any_longer_takes_the_guardian_away(browser, unit, astrid, ava):
    user = make_user("astrid@example.org")
    astrid.user_id = user.id
    sibling, added_meanwhile = (
        make_person("Bo", "Holm", unit=unit, guardian=user),
        make_person("Cy", unit=unit, guardian=user),
    )
    keep(Guardian(user_id=user.id, person_id=ava.id))
    form = {"children": [ava.id], "had": [ava.id, sibling.id]}
    alone = browser.post(address(unit, astrid), data=form)
    assert "Then nobody could do everything for Bo Holm." in alone.text
    keep(Guardian(user_id=make_user().id, person_id=sibling.id))
    browser.post(address(unit, astrid), data=form)
    held = set(db.session.scalars(select(Guardian.person_id).where(Guardian.user_id == user.id)))
    assert held == {ava.id, added_meanwhile.id}, "who was not on the page is left alone"
    assert db.session.scalar(
        select(AuditEntry).where(AuditEntry.action == "guardian removed", AuditEntry.subject_id == sibling.id)
    )


@pytest.mark.parametrize("email", ["", "astrid", "astrid@", "a b@example.org"])
def test_a_bad_email_keeps_what_was_typed_and_says_what_is_wrong(browser, unit, astrid, ava, email):
    response = browser.post(address(unit, astrid), data={"email": email, "children": []})
    assert response.status_code == 422
    assert "There is a problem" in response.text
    assert f'value="{email}"' in response.text
    assert not re.search(rf'value="{ava.id}" checked', response.text), "the box that was emptied stays empty"
    assert astrid.user_id is None


# --- what must not happen


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


def test_rules_ask_again_who_the_actor_is(unit, astrid):
    leader = make_leader(unit)
    with pytest.raises(NotAllowed):
        give_account(leader, unit, astrid.id, "astrid@example.org", [], [])
    with pytest.raises(NotAllowed):
        renew_link(leader, unit, astrid.id)


def test_a_link_needs_an_account(admin, unit, astrid):
    with pytest.raises(RuleBroken, match="no account yet"):
        renew_link(admin, unit, astrid.id)


def test_the_form_needs_its_token(app, browser, unit, astrid):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert browser.post(address(unit, astrid), data={"email": "astrid@example.org"}).status_code == 400
        assert browser.post(address(unit, astrid, "/link")).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert db.session.scalar(select(Person.user_id).where(Person.id == astrid.id)) is None


def test_two_admins_at_once_make_one_account(committed_db):
    import threading

    with committed_db.app.app_context():
        unit = make_unit("Troop 5")
        admins = [make_leader(unit, RoleName.ADMIN).id for _ in range(4)]
        people = [make_adult("Astrid", "Holm", unit=unit).id, make_adult("Bo", "Holm", unit=unit).id]
        db.session.commit()
        unit_id = unit.id
    told = []

    def go(number):
        from app.units.models import Unit

        with committed_db.app.app_context():
            try:
                given = give_account(
                    db.session.get(User, admins[number]),
                    db.session.get(Unit, unit_id),
                    people[number % 2],
                    "holm@example.org",
                    [],
                    [],
                )
                db.session.commit()
                told.append(given.how)
            except RuleBroken as refusal:
                db.session.rollback()
                told.append(refusal.status)

    threads = [threading.Thread(target=go, args=(n,)) for n in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(told) == 4
    with committed_db.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User).where(User.email == "holm@example.org")) == 1
        assert db.session.scalar(select(func.count()).select_from(Person).where(Person.user_id.is_not(None))) == 1
