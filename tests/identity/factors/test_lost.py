"""A second factor that is lost: somebody else resets it."""

from datetime import timedelta

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.clock import frozen, now
from app.extensions import db
from app.identity.rules import factors as rules
from tests.factories import make_user
from tests.identity.factors.helpers import first_step
from tests.identity.helpers import inside


def test_a_site_admin_lets_somebody_in_again_and_it_is_on_record(app, client, user, with_app, sign_in):
    admin, theirs = make_user(is_site_admin=True), app.test_client()
    sign_in(theirs, user)
    sign_in(client, admin)
    address = f"/admin/accounts/{user.id}/reset-second-factor"
    assert client.post(f"/admin/accounts/{admin.id}/reset-second-factor").status_code == 404
    with frozen(now() + timedelta(minutes=16)):
        assert client.post(address).headers["Location"].startswith("/account/confirm")
    assert client.post(address).status_code == 303
    assert not inside(theirs)
    assert first_step(app.test_client()).headers["Location"] == "/"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "second factor reset")).one()
    assert (entry.actor_id, entry.subject_id) == (admin.id, user.id)


def test_the_command_for_whoever_has_lost_everything(app, user, with_app):
    run = app.test_cli_runner().invoke(args=["reset-second-factor", "marit"])
    assert run.exit_code == 0, run.output
    assert not rules.has_factor(user)
    assert app.test_cli_runner().invoke(args=["reset-second-factor", "nobody"]).exit_code == 1
