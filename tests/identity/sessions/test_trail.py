"""What happens to an account is on record, and no secret with it."""

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db
from tests.factories import PASSWORD
from tests.identity.sessions.helpers import enter


def trail():
    return [
        (entry.action, entry.actor_id, entry.subject_id, entry.changes)
        for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id))
    ]


def test_what_happens_to_an_account_is_on_record_without_secrets(app, client, user):
    client.post("/login", data={"login": "marit", "password": "a wrong guess"})
    client.post("/login", data={"login": "nobody-of-this-name", "password": "a wrong guess"})
    enter(app.test_client())
    enter(client)
    client.post("/account/sessions/end-others")
    form = {"current": PASSWORD, "password": "a quite new pass phrase", "again": "a quite new pass phrase"}
    client.post("/account/password", data=form)
    client.post("/logout")
    found = trail()
    assert [action for action, *_ in found] == [
        *("sign-in failed", "sign-in failed", "signed in", "signed in"),
        *("signed out all other devices", "password changed", "signed out"),
    ]
    assert found[0][1:3] == (None, user.id)
    assert found[1][2].int == 0
    assert found[2][3] == {"device": [None, "A browser"]}
    said = str(found)
    assert not any(word in said for word in (PASSWORD, "pass phrase", "guess", "nobody-of", "127.0.0.1", "argon2"))
