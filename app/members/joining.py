"""What the pages around invitations and requests read."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from app.clock import now
from app.extensions import db
from app.families.models import Guardian, GuardianProposal, Person, PersonKind
from app.identity.models import User
from app.mail.letters import masked
from app.members.models import Invitation, JoinRequest, Membership, RequestState
from app.members.queries import MOST_YOUTH
from app.units.models import Patrol

PAGE_SIZE = 50
MOST_REQUESTS = 50  # of those that wait, the oldest first


@dataclass(frozen=True)
class InvitationRow:
    """One line of the list of open invitations."""

    id: uuid.UUID
    child: str | None
    email: str | None
    by: str
    created_at: datetime
    expires_at: datetime


def open_invitations(unit_id: uuid.UUID, number: int) -> tuple[list[InvitationRow], int]:
    """A page of a unit's invitations that still work, the newest first, and how many there are in all. One statement."""
    rows = db.session.execute(
        select(Invitation, Person, User.name, func.count().over())
        .join(User, User.id == Invitation.created_by_id)
        .outerjoin(Person, Person.id == Invitation.person_id)
        .where(Invitation.unit_id == unit_id, Invitation.ended_at.is_(None), Invitation.expires_at > now())
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    found = [
        InvitationRow(
            id=invitation.id,
            child=child.full_name if child else None,
            email=masked(invitation.email) if invitation.email else None,
            by=by,
            created_at=invitation.created_at,
            expires_at=invitation.expires_at,
        )
        for invitation, child, by, _ in rows
    ]
    return found, rows[0][3] if rows else 0


def waiting_requests(unit_id: uuid.UUID) -> list[JoinRequest]:
    """Requests that wait for an admin of the unit, oldest first."""
    here = (JoinRequest.unit_id == unit_id, JoinRequest.state == RequestState.WAITING)
    return list(
        db.session.scalars(select(JoinRequest).where(*here).order_by(JoinRequest.created_at).limit(MOST_REQUESTS))
    )


@dataclass(frozen=True)
class Candidate:
    """A youth of the unit, and what speaks for whoever asks being theirs; an admin decides."""

    id: uuid.UUID
    name: str
    patrol: str | None
    has_guardian: bool
    is_proposed: bool = False  # the roster names a guardian of this name beside the child
    is_namesake: bool = False

    @property
    def is_near(self) -> bool:
        """Worth showing first."""
        return self.is_proposed or self.is_namesake


def candidates(unit_id: uuid.UUID, day: date, name: str = "") -> list[Candidate]:
    """Every youth of the unit: first whom the roster names beside somebody called ``name``, then namesakes, then the others.
    One statement."""
    guarded = select(Guardian.person_id).where(Guardian.person_id == Person.id).exists()
    proposed = (
        select(GuardianProposal.id)
        .where(GuardianProposal.person_id == Person.id, func.lower(GuardianProposal.name) == name.lower())
        .exists()
    )
    rows = db.session.execute(
        select(Person, Patrol.name, guarded, proposed)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(Patrol, Patrol.id == Membership.patrol_id)
        .where(Membership.unit_id == unit_id, Membership.until.is_(None))
        .order_by(func.lower(Person.last_name), func.lower(Person.first_name), Person.id)
        .limit(MOST_YOUTH)
    )
    words = name.casefold()
    found = [
        Candidate(
            id=person.id,
            name=person.full_name,
            patrol=patrol,
            has_guardian=has_guardian,
            is_proposed=is_proposed,
            is_namesake=bool(name) and words.endswith(person.last_name.casefold()),
        )
        for person, patrol, has_guardian, is_proposed in rows
        if person.kind_on(day) == PersonKind.YOUTH
    ]
    return sorted(found, key=lambda child: (not child.is_proposed, not child.is_namesake)) if name else found
