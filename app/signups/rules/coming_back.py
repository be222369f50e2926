"""A leader puts somebody on again who was taken off: whoever has left since is not theirs to put on, and a permission that the family took
back is none.
"""

import uuid

from sqlalchemy import exists, or_, select

from app.audit.models import AuditEntry
from app.clock import now
from app.errors import Conflict, RuleBroken
from app.extensions import db, new_id
from app.families.models import Guardian, Person, PersonKind
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import OutingUnit
from app.outings.plain import AnyOuting
from app.signups.models import Participant, ParticipantState, Signup
from app.signups.rules.book import TAKEN_OFF

LEFT = (
    "They are no longer a member of a unit that this outing is open to. If they are to come all the same, open it to their unit first, "
    "where it is changed."
)


def put_on_again(actor: User, outing: AnyOuting, row: Participant) -> None:
    """Before a cancelled row gets a seat or a place in line.

    Raises:
        Conflict: the person is on the roster by another row. RuleBroken: they have left.
    """
    check_nobody_twice(row)
    hold_person(row.person_id)
    if not may_come(outing, row):
        raise RuleBroken(LEFT, "state")
    if row.kind == PersonKind.YOUTH and was_taken_off_by_family(row):
        # As whoever a leader adds: nobody has given permission, until the family does on its page.
        signup = Signup(id=new_id(), outing_id=row.outing_id, user_id=actor.id, by_leader=True, together=False)
        db.session.add(signup)
        row.signup, row.signup_id, row.created_at = signup, signup.id, now()


def hold_person(person_id: uuid.UUID) -> None:
    """After the outing, and before anybody looks where they are a member: whoever lets somebody go to another unit holds them, too."""
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))


def check_nobody_twice(row: Participant) -> None:
    """Raises Conflict when the person of this cancelled row has come back by another one."""
    other = db.session.scalar(
        select(Participant.id).where(
            Participant.outing_id == row.outing_id,
            Participant.person_id == row.person_id,
            Participant.state != ParticipantState.CANCELLED,
        )
    )
    if other:
        raise Conflict("This person is on the roster again already; edit that row.", "state")


def may_come(outing: AnyOuting, row: Participant) -> bool:
    """Whether they are a member of a unit that the outing is open to, or an adult in whose family somebody is."""
    further = select(OutingUnit.unit_id).where(OutingUnit.outing_id == outing.id)
    here = or_(Membership.unit_id == outing.unit_id, Membership.unit_id.in_(further)), Membership.until.is_(None)
    own = select(Person.user_id).where(Person.id == row.person_id, Person.user_id.is_not(None))
    accounts = own.union(select(Guardian.user_id).where(Guardian.person_id == row.person_id))
    relative = exists().where(Guardian.user_id.in_(accounts), Membership.person_id == Guardian.person_id, *here)
    member = exists().where(Membership.person_id == row.person_id, *here)
    comes = member if row.kind == PersonKind.YOUTH else or_(member, relative)
    return bool(db.session.scalar(select(comes)))


def was_taken_off_by_family(row: Participant) -> bool:
    """Whether the last that became of the row was done by the family, and not by a leader."""
    moved = (AuditEntry.subject_id == row.id, AuditEntry.changes.has_key("state"))
    last = select(AuditEntry.action).where(*moved).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(1)
    return db.session.scalar(last) == TAKEN_OFF
