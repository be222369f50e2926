"""What an admin takes from a guardian of a member, and no link that lies about gives back."""

import uuid
from dataclasses import asdict, astuple

from sqlalchemy import select, update

from app.audit.rules import assign, record
from app.clock import now
from app.errors import NotFound, Stale
from app.extensions import db
from app.families.guardians import Rights, end_invitations, forget_home, refuse_leaving_alone
from app.families.models import Guardian, Person
from app.identity.models import User
from app.members.access import member_of
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
        NotFound: not a guardian of this child, or the child is no member any more. Stale: somebody else changed it since ``seen``.
        RuleBroken: nobody could do everything any longer, and there is no ``reason``.
    """
    # The child's row is the lock: two admins who limit one guardian each must not leave a child without any.
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    member_of(unit_id, person.id)  # whoever was waited for may have taken the child to another unit
    held = db.session.get(Guardian, (user_id, person.id), populate_existing=True)
    if held is None:
        raise NotFound
    before = Rights.of(held)
    if before == wanted:
        return
    if before != seen:
        raise Stale("Somebody else changed this guardian meanwhile.", {}, {})
    refuse_leaving_alone(person, held, wanted, reason)
    why = reason or None
    if wanted is None:
        detach(actor, unit_id, person, held, why)
    else:
        changes = assign(held, asdict(wanted)) | {"guardian": [held.user.email, held.user.email]}
        record(actor, "guardian's rights changed", person, changes=changes, unit_id=unit_id, reason=why)
        if any(had and not has for had, has in zip(astuple(before), astuple(wanted), strict=True)):
            end_links(actor, unit_id, person)
    db.session.flush()


def detach(actor: User, unit_id: uuid.UUID, person: Person, held: Guardian, why: str | None = None) -> None:
    """They are this child's guardian no longer; the caller holds the child's row, and has looked who stays."""
    gone = {"guardian": (held.user.email, None)}
    record(actor, "guardian removed", person, changes=gone, unit_id=unit_id, reason=why)
    forget_home(held.user_id, person)
    db.session.delete(held)
    end_links(actor, unit_id, person)


def end_links(actor: User, unit_id: uuid.UUID, person: Person) -> None:
    """No invitation to this child works any longer, whoever made it: it would make a guardian who may do everything, of the one who was
    detached or of another account of the one who was limited.
    """
    of_child = update(Invitation).where(Invitation.person_id == person.id, *alive()).values(ended_at=now())
    ended = db.session.scalars(of_child.returning(Invitation.id)).all()
    if end_invitations(person.id) or ended:
        record(actor, "invitations taken back", person, unit_id=unit_id)
