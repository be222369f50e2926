"""An adult is given an account: once, with the children, and with a link that is shown once."""

import re

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.errors import RuleBroken
from app.extensions import db
from app.families.models import Guardian, Person
from app.identity.models import User
from app.members.rules.accounts import give_account
from app.units.models import RoleName
from tests.factories import keep, make_adult, make_leader, make_person, make_unit, make_user
from tests.members.accounts.helpers import address, links, token_in


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
