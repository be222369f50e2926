"""Inviting a family: by mail or on paper, with a child or only to the unit."""

import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from app.audit.rules import Subject, record
from app.clock import now
from app.errors import NotFound, RuleBroken
from app.extensions import db, new_id
from app.families import guardians
from app.families.access import lock_child
from app.families.guardians import InvitationSpent, Rights
from app.families.models import Person
from app.identity import limits
from app.identity.events import TAKEN_BACK
from app.identity.models import User
from app.identity.permissions import Can
from app.identity.rules.accounts import digest
from app.mail import send_letter
from app.mail.letters import masked
from app.members.models import Invitation, Membership
from app.units.access import may, refuse_unless
from app.units.models import Unit

LIVES = timedelta(days=14)
UNIT_LINK_LIVES = timedelta(days=90)  # on a notice board for a season
MOST_OPEN = 500  # of one unit
MOST_AT_ONCE = 60
PER_ACCOUNT, PER_UNIT = 30, 60  # sheets and mails in a window (limits.WINDOW)
A_MOMENT = timedelta(minutes=1)
SPENT = "This invitation was used already, taken back, or it is too old. Ask your unit for a new one."
NO_CHILD = "One of these is not a member of this unit any more. Look again and choose anew."


@dataclass(frozen=True)
class Made:
    """An invitation and its token, which is kept nowhere."""

    invitation: Invitation
    token: str


def begin_inviting(actor: User, unit: Unit, address: str) -> None:
    """Book it: nobody writes to the whole town from here. The caller commits.

    Raises:
        NotAllowed: the actor may not invite. TooMany: this account, unit or address has used its invitations up.
    """
    refuse_unless(actor, Can.INVITE, unit.id)
    limits.spend(f"invite:account:{actor.id}", PER_ACCOUNT)
    limits.spend(f"invite:unit:{unit.id}", PER_UNIT)
    limits.spend(f"invite:address:{address}", limits.PER_ADDRESS)


def invite_by_mail(actor: User, unit: Unit, email: str, person_id: uuid.UUID | None) -> Invitation:
    """Send an invitation. The same one again renews it, and is not mailed twice within a minute.

    Raises:
        NotAllowed: the actor may not invite, or not for a child.
        RuleBroken: the child is no member, or too many are open.
    """
    check(actor, unit, [person_id] if person_id else [])
    child = Invitation.person_id == person_id if person_id else Invitation.person_id.is_(None)
    same = (Invitation.unit_id == unit.id, func.lower(Invitation.email) == email.lower(), child, *alive())
    found = db.session.scalar(select(Invitation).where(*same).limit(1).with_for_update())
    if found and now() - found.created_at < A_MOMENT:
        return found
    if found is None:
        found = Invitation(id=new_id(), unit_id=unit.id, person_id=person_id, email=email)
        db.session.add(found)
    found.created_by_id, found.created_at, found.expires_at = actor.id, now(), now() + LIVES
    tell(actor, unit, found, "invited by mail")
    send_letter("members.invitation", soon=True, invitation_id=str(found.id))
    return found


def make_links(actor: User, unit: Unit, person_ids: Collection[uuid.UUID]) -> list[Made]:
    """Links for paper: one for each child, or one for the unit when no child is named.

    Raises:
        NotAllowed: the actor may not invite, or not for a child.
        RuleBroken: a child is no member, or there are too many.
    """
    if len(person_ids) > MOST_AT_ONCE:
        raise RuleBroken(f"Choose at most {MOST_AT_ONCE} children for one sheet.", "children")
    check(actor, unit, person_ids)
    made = []
    wanted: Collection[uuid.UUID | None] = person_ids or [None]
    for person_id in wanted:
        token = secrets.token_urlsafe(24)
        invitation = Invitation(
            id=new_id(),
            unit_id=unit.id,
            person_id=person_id,
            token_hash=digest(token),
            created_by_id=actor.id,
            expires_at=now() + (LIVES if person_id else UNIT_LINK_LIVES),
        )
        db.session.add(invitation)
        db.session.flush()
        tell(actor, unit, invitation, "invited on paper")
        made.append(Made(invitation, token))
    return made


def check(actor: User, unit: Unit, person_ids: Collection[uuid.UUID]) -> None:
    """Who may invite whom.

    Raises:
        NotAllowed: only an admin names a child. RuleBroken: a child is no member, or too many invitations are open.
    """
    refuse_unless(actor, Can.KEEP_GUARDIANS if person_ids else Can.INVITE, unit.id)
    here = (Membership.unit_id == unit.id, Membership.until.is_(None), Membership.person_id.in_(person_ids))
    if person_ids and db.session.scalar(select(func.count()).where(*here)) != len(set(person_ids)):
        raise RuleBroken(NO_CHILD, "children")
    opened = select(func.count()).where(Invitation.unit_id == unit.id, *alive())
    if (db.session.scalar(opened) or 0) + len(person_ids) > MOST_OPEN:
        raise RuleBroken("There are many open invitations. Take some back first.")


def tell(actor: User, unit: Unit, invitation: Invitation, action: str) -> None:
    """The log has it under the child, where both homes read it, or under the unit."""
    subject = db.session.get(Person, invitation.person_id) if invitation.person_id else unit
    email = {"email": (None, masked(invitation.email))} if invitation.email else {}
    record(actor, action, subject or unit, changes=email, unit_id=unit.id)


def alive() -> tuple[ColumnElement[bool], ...]:
    """Conditions: it was neither used nor taken back, nor is it too old."""
    return Invitation.ended_at.is_(None), Invitation.expires_at > now()


def open_invitation(token: str) -> Invitation:
    """The live invitation that ``token`` belongs to.

    Raises:
        InvitationSpent: as ``locked``.
    """
    return locked(Invitation.token_hash == digest(token))


def locked(which: ColumnElement[bool]) -> Invitation:
    """A live invitation, locked, so that two browsers cannot both use it. It counts only while its maker may still make such a one and
    the child is still a member.

    Raises:
        InvitationSpent: spent, expired, taken back or never made; one answer for all.
    """
    lock_child(select(Invitation.person_id).where(which))
    wanted = select(Invitation).where(which, *alive())
    invitation = db.session.scalar(wanted.with_for_update(of=Invitation))
    if invitation is None or not still_counts(invitation):
        raise InvitationSpent(SPENT)
    return invitation


def still_counts(invitation: Invitation) -> bool:
    """Whether its maker could make it today."""
    maker = invitation.created_by
    what = Can.KEEP_GUARDIANS if invitation.person_id else Can.INVITE
    if maker.suspended_at is not None or not may(maker, what, invitation.unit_id):
        return False
    here = (Membership.unit_id == invitation.unit_id, Membership.until.is_(None))
    member = select(Membership.id).where(*here, Membership.person_id == invitation.person_id)
    return invitation.person_id is None or db.session.scalar(member.limit(1)) is not None


def accept_invitation(user: User, invitation: Invitation, relationship: str | None) -> Person:
    """Make ``user`` the guardian of the child; whoever is one already keeps what they have. The caller holds the lock."""
    person = invitation.person
    if person is None:
        raise NotFound
    invitation.ended_at = now()
    if guardians.attach(user, person.id, relationship, Rights()):
        changes = guardians.given(Rights())
        record(user, "became a guardian by invitation", person, changes=changes, unit_id=invitation.unit_id)
    return person


def end_what_a_thief_made(_by: User | None, action: str, account: Subject, *, changes: Any = None) -> None:
    """A witness of ``identity/events.py``: an account was taken back, and no link to a child that was made in its name works any longer.
    One without a child only lets its holder ask.
    """
    if action == TAKEN_BACK:
        guardians.end_invitations_of(account.id)
        mine = (Invitation.created_by_id == account.id, Invitation.person_id.is_not(None), *alive())
        db.session.execute(update(Invitation).where(*mine).values(ended_at=now()))


def withdraw(actor: User, unit: Unit, invitation_id: uuid.UUID) -> None:
    """It opens nothing any more. Again changes nothing.

    Raises:
        NotAllowed: the actor may not invite. NotFound: it is no invitation of this unit.
    """
    refuse_unless(actor, Can.INVITE, unit.id)
    wanted = select(Invitation).where(Invitation.id == invitation_id, Invitation.unit_id == unit.id)
    invitation = db.session.scalar(wanted.with_for_update(of=Invitation))
    if invitation is None:
        raise NotFound
    if invitation.ended_at is None:
        invitation.ended_at = now()
        tell(actor, unit, invitation, "invitation taken back")
