"""What is written to families that join. Links are made here, in the worker, just before the mail leaves."""

import secrets
import uuid
from zoneinfo import ZoneInfo

from app.clock import now
from app.extensions import db
from app.identity.models import User
from app.identity.permissions import Can
from app.identity.rules.accounts import digest
from app.mail import Letter, letter, link_to
from app.members.models import Invitation, JoinRequest, RequestState
from app.members.rules.joining import LIVES
from app.units.access import may


@letter("members.invitation")
def invitation(*, invitation_id: str) -> Letter | None:
    """To whoever is invited. A second copy, if the worker sends one, holds the link that counts."""
    found = db.session.get(Invitation, uuid.UUID(invitation_id), with_for_update={"of": Invitation})
    if found is None or found.email is None or found.ended_at is not None or found.expires_at < now():
        return None
    token = secrets.token_urlsafe(32)
    found.token_hash = digest(token)
    child = found.person
    until = found.expires_at.astimezone(ZoneInfo(found.unit.time_zone))
    values = {
        "unit": found.unit.name,
        "by": found.created_by.name,
        "child": (child.preferred_name or child.first_name) if child else "",
        "link": link_to("joining.join", token=token),
        "until": f"{until:%B} {until.day}, {until.year}",
    }
    return Letter(found.email, f"{found.unit.name} invites you", "members/mail/invitation", values)


@letter("members.prove_address")
def prove_address(*, request_id: str) -> Letter | None:
    """To the address that somebody typed who holds an invitation or asks to join."""
    found = db.session.get(JoinRequest, uuid.UUID(request_id), with_for_update={"of": JoinRequest})
    if found is None or found.state != RequestState.UNPROVED or found.created_at < now() - LIVES:
        return None
    token = secrets.token_urlsafe(32)
    found.token_hash = digest(token)
    # No name: whoever reads this may be a stranger, and what was typed there a message to them.
    values = {"unit": found.unit.name, "link": link_to("joining.confirm", token=token)}
    return Letter(found.email, f"Join {found.unit.name}: one more step", "members/mail/prove_address", values)


@letter("members.request_waits")
def request_waits(*, request_id: str, user_id: str) -> Letter | None:
    """To an admin of the unit. Who asks stands on the page, which asks for a sign-in; another admin may have been quicker."""
    found, admin = db.session.get(JoinRequest, uuid.UUID(request_id)), db.session.get(User, uuid.UUID(user_id))
    if found is None or found.state != RequestState.WAITING or admin is None or admin.suspended_at:
        return None
    if not may(admin, Can.KEEP_GUARDIANS, found.unit_id):
        return None
    values = {
        "name": admin.name,
        "unit": found.unit.name,
        "link": link_to("invitations.index", unit_id=found.unit_id),
    }
    return Letter(admin.email, f"Somebody asks to join {found.unit.name}", "members/mail/request_waits", values)


@letter("members.join_decided")
def join_decided(*, request_id: str) -> Letter | None:
    """To whoever asked. It names no child: a mail lies about for years."""
    found = db.session.get(JoinRequest, uuid.UUID(request_id))
    if found is None or found.user is None or found.user.suspended_at or not found.user.email_proved:
        return None
    accepted = found.state == RequestState.ACCEPTED
    values = {
        "name": found.user.name,
        "unit": found.unit.name,
        "accepted": accepted,
        "reply": found.reply or "",
        "link": link_to("families.index"),
    }
    said = f"You are in {found.unit.name} now" if accepted else f"Your request to join {found.unit.name}"
    return Letter(found.user.email, said, "members/mail/join_decided", values)
