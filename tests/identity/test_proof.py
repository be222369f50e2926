"""An address that somebody typed opens nothing and hears nothing before its owner has shown that they read it."""

import re

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.extensions import db
from app.families.access import tie_of
from app.families.guardians import Rights, invite
from app.families.models import Guardian
from app.identity.models import User
from app.members.rules.accounts import UNPROVED, give_account
from app.members.rules.joining import UNPROVED as ANOTHERS
from app.units.models import RoleName
from tests.factories import PASSWORD, make_adult, make_family, make_leader, make_person, make_unit, make_user
from tests.identity.helpers import inside
from tests.identity.test_emailed import ask, mailed, read
from tests.mail.helpers import deliver_all
from tests.members.test_joining import link_in, printed
from tests.outings.helpers import children_of

EMAIL = "eve@example.org"
NEW = {"password": "a quite new pass phrase", "again": "a quite new pass phrase"}


def user_of(email=EMAIL):
    return db.session.scalar(select(User).where(func.lower(User.email) == email))


def names_bo(mail):
    """As a word: in a hundredth of all links these two letters stand somewhere."""
    return re.search(r"\bBo\b", mail.text) is not None


@pytest.fixture
def unit(db_session):
    return make_unit("Troop 77")


@pytest.fixture
def admin(unit):
    return make_leader(unit, RoleName.ADMIN)


@pytest.fixture
def bo(admin, unit):
    """A browser in which Bo has opened an admin's link; the admin typed somebody else's address. Bo looks after Ava."""
    ava = make_person("Ava", "Holm", unit=unit)
    given = give_account(admin, unit, make_adult("Bo", "Holm", unit=unit).id, EMAIL, [ava.id], [])
    db.session.commit()
    return f"/welcome/{given.token}"


def test_what_an_admin_typed_opens_by_password_alone_until_its_owner_confirms_it(client, app, bo, sign_in):
    assert client.post(bo, data=NEW).status_code == 303
    (mail,) = deliver_all()
    assert (mail.recipient, names_bo(mail)) == (EMAIL, False)
    confirm, _ = read(mail)
    # Whoever reads that mailbox gets nothing by it: not the account, not a name, not a word of what happens there.
    stranger = app.test_client()
    assert stranger.post(confirm).headers["Location"] == "/login"
    for page in ("link", "forgot"):
        assert ask(stranger, EMAIL, page).headers["Location"] == "/login/sent"
        (mail,) = deliver_all()
        assert "Nobody has confirmed yet" in mail.text
        assert not names_bo(mail)
        assert "/login/" not in mail.text
    change = {"current": NEW["password"], "password": PASSWORD, "again": PASSWORD}
    assert client.post("/account/password", data=change).status_code == 303
    assert deliver_all() == []
    # Its owner has the account all the same, asks for the mail again, and confirms.
    assert "Not confirmed yet." in client.get("/account").text
    assert EMAIL in client.get("/account/email").text
    client.post("/account/email", data={"email": EMAIL, "current": PASSWORD})
    (mail,) = deliver_all()
    assert client.post(read(mail)[0]).headers["Location"] == "/account"
    assert user_of().email_proved
    assert deliver_all() == []
    assert "email proved" in db.session.scalars(select(AuditEntry.action)).all()
    link, _ = mailed(stranger, login=EMAIL)
    stranger.post(link)
    assert inside(stranger)


def test_a_slip_is_put_right_and_the_strangers_mailbox_is_not_told(client, bo):
    client.post(bo, data=NEW)
    client.post("/account/email", data={"email": "bo@example.org", "current": NEW["password"]})
    asked, mail = deliver_all()
    assert [asked.recipient, mail.recipient] == [EMAIL, "bo@example.org"]
    client.post(read(mail)[0])
    assert user_of("bo@example.org").email_proved
    assert deliver_all() == [], "or the stranger could take it back"


def test_what_two_people_typed_does_not_come_together_in_one_account(client, app, bo, admin, unit, sign_in):
    """Whoever makes an account with my address must not have what I am given later."""
    child = make_person("Nils", "Berg", unit=unit)
    sign_in(client, admin)
    person = make_adult("Eve", "Berg", unit=unit)
    answer = client.post(f"/units/{unit.id}/members/{person.id}/account", data={"email": EMAIL, "children": child.id})
    assert answer.status_code == 422
    assert UNPROVED[:40] in answer.text
    (paper,) = printed(client, unit, child)
    eve = app.test_client()
    eve.post(paper, data={"name": "Eve", "email": EMAIL, "relationship_to": "parent"})
    (mail,) = deliver_all()
    refused = eve.post(link_in(mail))
    assert (refused.status_code, ANOTHERS[:40] in refused.text) == (409, True)
    assert not inside(eve)
    assert db.session.scalars(select(Guardian.user_id).where(Guardian.person_id == child.id)).all() == []
    # The command that gives the address free; then the same link goes on.
    run = app.test_cli_runner().invoke(args=["free-address", EMAIL])
    assert run.exit_code == 0, run.output
    assert eve.post(link_in(mail)).status_code == 303
    assert db.session.get(Guardian, (user_of().id, child.id))
    assert app.test_cli_runner().invoke(args=["free-address", EMAIL]).exit_code == 1, "it is proved by now"


def test_neither_does_the_holder_of_a_guardians_link_prove_an_address_nor_ask_around(app, db_session):
    unit = make_unit()
    families = [(parent, children_of(parent)[0]) for parent in (make_family(unit, children=1) for _ in range(2))]
    tokens = [invite(parent, tie_of(parent, child.id), "parent", Rights()) for parent, child in families]
    make_user("known@example.org")
    db.session.commit()
    browser = app.test_client()
    form = {"name": "Mallory", **NEW}
    answers = [
        browser.post(f"/invitation/{tokens[0]}", data=form | {"email": "known@example.org"}).status_code
        for _ in range(11)
    ]
    assert answers == [422] * 10 + [429]
    assert browser.post(f"/invitation/{tokens[1]}", data=form | {"email": EMAIL}).status_code == 303
    assert not user_of().email_proved
    (mail,) = deliver_all()
    assert mail.recipient == EMAIL
