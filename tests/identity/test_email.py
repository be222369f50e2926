"""Another email address: the new one is asked, the old one is told, and can take it back."""

from datetime import timedelta

import pytest

from app import clock
from app.audit.models import AuditEntry
from app.clock import now
from app.extensions import db
from app.identity.models import RecoveryCode, SecondFactor
from app.identity.rules.factors import new_codes
from tests.factories import PASSWORD, keep, make_user
from tests.identity.helpers import inside
from tests.identity.test_emailed import mailed, read
from tests.mail.helpers import deliver_all

OLD, NEW = "marit@example.org", "marit@new.example"


@pytest.fixture
def user(client, sign_in, db_session):
    user = make_user(OLD, name="Marit")
    sign_in(client, user)
    return user


def ask(client, email=NEW, current=PASSWORD):
    return client.post("/account/email", data={"email": email, "current": current})


def confirmed(client, app):
    """Ask, and press the button in the new mailbox; the link in the old one."""
    ask(client)
    (mail,) = deliver_all()
    client.post(read(mail)[0])
    (told,) = deliver_all()
    assert told.recipient == OLD
    return read(told)[0]


def test_it_changes_when_whoever_is_signed_in_reads_the_new_mailbox(client, app, user, sign_in):
    assert ask(client).headers["Location"] == "/account"
    assert user.email == OLD
    (mail,) = deliver_all()
    assert mail.recipient == NEW
    link, _ = read(mail)
    assert "Marit" not in mail.text, "an address with a slip in it is a stranger's"
    stranger, other = app.test_client(), app.test_client()
    sign_in(other, make_user())
    assert stranger.post(link).headers["Location"] == "/login"
    assert other.post(link).status_code == 403
    assert NEW in client.get(link).text
    assert user.email == OLD, "opening it changes nothing"
    client.post(link)
    assert user.email == NEW
    assert inside(client)
    assert client.get(link).status_code == 410
    (told,) = deliver_all()
    assert told.recipient == OLD
    assert "m…@new.example" in told.text
    actions = [(entry.action, str(entry.changes)) for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert [action for action, _ in actions] == ["email change asked for", "email changed"]
    assert not any("marit" in changes for _, changes in actions)


def test_the_old_mailbox_takes_it_back_and_whoever_did_it_is_out(client, app, user):
    back = confirmed(client, app)
    waiting_link, _ = mailed(app.test_client(), login=NEW)
    owner = app.test_client()
    assert OLD in owner.get(back).text
    choose = owner.post(back).headers["Location"]
    assert user.email == OLD
    assert not inside(client)
    assert app.test_client().post("/login", data={"login": OLD, "password": PASSWORD}).status_code == 422
    assert app.test_client().get(waiting_link).status_code == 410
    assert owner.post(choose, data={"password": "a quite new phrase", "again": "a quite new phrase"}).status_code == 303
    assert inside(owner)
    assert owner.get(back).status_code == 410


def test_a_passkey_of_whoever_took_the_account_goes_and_an_older_one_of_the_owner_stays(client, app, user):
    keep(
        SecondFactor(
            user_id=user.id,
            kind="passkey",
            name="Mine",
            credential_id="a",
            public_key="a",
            sign_count=0,
            created_at=now() - timedelta(60),
        )
    )
    back = confirmed(client, app)
    keep(SecondFactor(user_id=user.id, kind="passkey", name="Theirs", credential_id="b", public_key="b", sign_count=0))
    new_codes(user)
    app.test_client().post(back)
    assert [factor.name for factor in db.session.query(SecondFactor)] == ["Mine"]
    assert db.session.query(RecoveryCode).count() == 0


@pytest.mark.parametrize(("days", "status"), [(6, 200), (8, 410)])
def test_for_seven_days(client, app, user, days, status):
    back = confirmed(client, app)
    with clock.frozen(now() + timedelta(days=days)):
        assert app.test_client().get(back).status_code == status


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"current": "wrong"}, "This is not your current password."),
        ({"current": ""}, "This is not your current password."),
        ({"email": "nothing"}, "Enter an email address such as name@example.org."),
        ({"email": ""}, "Enter the new address."),
        ({"email": "Marit@Example.org"}, "This is the address that you have."),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "Enter an email address such as name@example.org."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(client, user, values, sentence):
    answer = ask(client, **values)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert deliver_all() == []


def test_the_password_is_not_guessed_there_and_nobody_is_flooded(client, user):
    assert [ask(client, current="wrong").status_code for _ in range(11)] == [422] * 10 + [429]
    assert ask(client).status_code == 429


def test_who_has_no_password_may_not_write_to_everybody(client, user):
    user.password_hash = None
    with clock.frozen(now() + timedelta(minutes=16)):
        assert ask(client, NEW, "").headers["Location"].startswith("/account/confirm"), "an open browser is not enough"
    answers = [ask(client, f"somebody{n}@example.org", "").status_code for n in range(11)]
    assert answers == [303] * 10 + [429]


def test_an_address_of_another_account_is_not_given_away(client, app, user):
    make_user(NEW)
    assert ask(client).headers["Location"] == "/account"
    assert deliver_all() == []


def test_whoever_only_typed_it_keeps_nobody_out(client, app, user):
    """Else a thief could keep the owner from taking the address back."""
    back = confirmed(client, app)
    squatter = make_user(OLD, email_proved=False)
    assert app.test_client().post(back).status_code == 303
    assert (user.email, squatter.email) == (OLD, f"{squatter.id}@unproved.invalid")


def test_an_address_that_somebody_took_meanwhile(client, app, user):
    ask(client)
    (mail,) = deliver_all()
    make_user(NEW)
    assert client.post(read(mail)[0]).status_code == 409
    assert user.email == OLD
