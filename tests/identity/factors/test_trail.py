"""What happens to the factors of an account is told to its owner and on record, and no secret with it."""

import re

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db
from app.identity import vault
from app.identity.letters import SAFETY
from app.identity.models import SecondFactor
from app.identity.rules import factors as rules
from app.identity.rules import outside
from tests.factories import PASSWORD, make_user
from tests.identity.factors.helpers import SECRET, code, first_step, second_step
from tests.mail.helpers import deliver_all


def test_the_owner_hears_of_whatever_opens_the_account(app, client, user, sign_in):
    sign_in(client, user)
    said = []

    def heard():
        said.extend(deliver_all())
        return [mail.subject for mail in said]

    sealed = vault.seal(f"{user.id} {SECRET}")
    shown = client.post("/account/factors/app", data={"sealed": sealed, "name": "Their phone", "code": code()})
    paper = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", shown.text)
    assert client.post("/login/second").status_code == 303
    stranger = app.test_client()
    first_step(stranger)
    assert second_step(stranger, paper[0]).status_code == 303
    renewed = client.post("/account/factors/codes").text
    client.post(
        "/account/password", data={"current": PASSWORD, "password": "seven snowy bags", "again": "seven snowy bags"}
    )
    client.post(f"/account/factors/{db.session.scalars(select(SecondFactor.id)).one()}/remove")
    outside.connect(user, "https://id.example.org", "4711")
    outside.disconnect(user)
    rules.reset_factors(user, by=make_user())
    rules.reset_factors(user, by=None)
    assert heard() == [
        *("A second factor was added", "A recovery code was used", "A new device signed in to your account"),
        *("New recovery codes were made", "Your password was changed", "A second factor was removed"),
        *("Another way to sign in was added", "A way to sign in was removed"),
        *("Your second factor was reset", "Your second factor was reset"),
    ]
    assert len({mail.subject for mail in said} - {"A new device signed in to your account"}) == len(SAFETY)
    for mail in said:
        assert mail.recipient == user.email
        assert "Was that you? Then there is nothing to do." in mail.text
        assert "/login/forgot" in mail.text
        assert not any(word in mail.text + mail.html for word in (SECRET, "Their phone", "seven snowy", *paper))
    assert not any(word in str([mail.text for mail in said]) for word in re.findall(r"<code>([^<]+)</code>", renewed))
    # In the transaction of what happened: taken back with it.
    db.session.commit()
    rules.reset_factors(user, by=None)
    db.session.rollback()
    assert deliver_all() == []


def test_the_trail_tells_of_factors_and_holds_no_secret(client, user, with_app, sign_in):
    first_step(client)
    typed = code()
    second_step(client, "000000")
    second_step(client, typed)
    client.post("/account/factors/codes")
    client.post(f"/account/factors/{db.session.scalars(select(SecondFactor.id)).one()}/remove")
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id)).all()
    assert [entry.action for entry in entries][1:] == [
        *("second factor failed", "signed in", "recovery codes renewed", "second factor removed"),
    ]
    said = str([(entry.action, entry.changes, entry.reason) for entry in entries])
    assert not any(word in said for word in (typed, SECRET, *with_app))
