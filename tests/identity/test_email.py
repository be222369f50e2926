"""Another email address: the new one is asked, the old one is told, and can take it back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.audit.models import AuditEntry
from app.clock import now
from app.extensions import db
from app.families.guardians import Rights
from app.families.models import GuardianInvitation
from app.identity.models import RecoveryCode, SecondFactor
from app.identity.rules.factors import new_codes
from app.identity.rules.links import make_password_link
from app.mail import delivery
from app.mail.models import KeptMail
from app.members.rules.invitations import make_links
from app.units.models import RoleName
from tests.factories import PASSWORD, keep, make_person, make_role, make_unit, make_user
from tests.identity.helpers import inside
from tests.identity.test_emailed import mailed, read
from tests.mail.helpers import deliver_all, waiting

OLD, NEW, THIRD = "marit@example.org", "marit@new.example", "marit@third.example"


@pytest.fixture
def user(client, sign_in, db_session):
    user = make_user(OLD, name="Marit")
    sign_in(client, user)
    return user


def ask(client, email=NEW, current=PASSWORD):
    return client.post("/account/email", data={"email": email, "current": current})


def change(client, email=NEW):
    """Ask, and press the button in the new mailbox."""
    ask(client, email)
    (mail,) = deliver_all()
    client.post(read(mail)[0])


def confirmed(client, app, email=NEW, old=OLD):
    """The link in the old mailbox."""
    change(client, email)
    (told,) = deliver_all()
    assert told.recipient == old
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


def test_whoever_took_it_does_not_take_the_way_back_from_its_owner(client, app, user):
    """By another change their own mailbox gets such a link, too."""
    change(client)
    (args,) = waiting()
    (told,) = deliver_all()
    theirs = confirmed(client, app, THIRD, old=NEW)
    assert app.test_client().post(theirs).status_code == 303
    assert user.email == NEW
    delivery.deliver(1, args["ident"], args["letter"], args["values"])  # the owner's mail a second time, or late
    late = db.session.query(KeptMail).order_by(KeptMail.id.desc()).first()
    assert late.recipient == OLD
    for back in (read(told)[0], read(late)[0]):
        assert app.test_client().get(back).status_code == 200
    assert app.test_client().post(back).status_code == 303
    assert user.email == OLD
    assert app.test_client().get(read(told)[0]).status_code == 410


def test_no_mail_that_was_held_up_gives_it_back_to_whoever_was_put_out(client, app, user):
    back = confirmed(client, app)
    change(client, THIRD)
    assert app.test_client().post(back).status_code == 303
    assert (deliver_all(), user.email) == ([], OLD)


def test_what_was_begun_in_the_owners_name_ends(client, app, user):
    """A link to a child would outlast them, and the account would still be deleted."""
    unit = make_unit()
    make_role(user, unit, RoleName.ADMIN)
    child = make_person(unit=unit, guardian=user)
    back = confirmed(client, app)
    client.post(f"/family/people/{child.id}/guardians", data=dict.fromkeys(Rights.__dataclass_fields__, "y"))
    for_child, of_unit = (make_links(user, unit, ids)[0].token for ids in ([child.id], []))
    opens = make_password_link(make_user(), user)
    user.leaves_at = now() + timedelta(days=7)
    app.test_client().post(back)
    assert db.session.scalars(select(GuardianInvitation.used_at)).one()
    assert [app.test_client().get(f"/join/{token}").status_code for token in (for_child, of_unit)] == [410, 200]
    assert app.test_client().get(f"/welcome/{opens}").status_code == 410
    assert user.leaves_at is None


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
