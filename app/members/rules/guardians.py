"""What an admin takes from a guardian of a member, no link that lies about gives back."""

import uuid

from sqlalchemy import update

from app.audit.rules import record
from app.clock import now
from app.extensions import db
from app.families import guardians
from app.families.guardians import Rights
from app.families.models import Person
from app.identity.models import User
from app.members.models import Invitation
from app.members.rules.invitations import alive


def change_guardian(
    actor: User,
    unit_id: uuid.UUID,
    person: Person,
    user_id: uuid.UUID,
    wanted: Rights | None,
    seen: Rights,
    reason: str,
) -> None:
    """Limit what a guardian may do, give it back, or detach them (``None``); for a unit admin, whom the caller has checked.

    Raises:
        NotFound, Stale, RuleBroken: as the rule of the same name in ``families/guardians.py``.
    """
    if guardians.change_guardian(actor, unit_id, person, user_id, wanted, seen, reason):
        end_links(actor, unit_id, person)


def end_links(actor: User, unit_id: uuid.UUID, person: Person) -> None:
    """No invitation to this child works any longer, whoever made it: it would make a guardian who may do everything, of the one who was
    detached or of another account of the one who was limited.
    """
    of_child = update(Invitation).where(Invitation.person_id == person.id, *alive()).values(ended_at=now())
    ended = db.session.scalars(of_child.returning(Invitation.id)).all()
    if guardians.end_invitations(person.id) or ended:
        record(actor, "invitations taken back", person, unit_id=unit_id)
