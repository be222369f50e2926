"""Trainings of a unit's adults: written down by a leader, taken away, and what adults claim decided."""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, select

from app.audit.rules import record
from app.clock import today
from app.errors import Conflict, NotFound, RuleBroken
from app.extensions import db
from app.families.models import Person, PersonKind, Training, TrainingClaim
from app.families.training import rules
from app.families.training.catalogue import course_of
from app.families.training.rules import Proof, refuse_own
from app.identity.models import User
from app.identity.permissions import Can
from app.members.access import member_of
from app.members.models import Membership
from app.units.access import refuse_unless
from app.units.models import HOLDS, Role, Unit


@dataclass(frozen=True)
class Taken:
    """A training that was taken away, for whoever brings it back."""

    name: str
    completed_on: date | None
    expires_on: date | None


def write_down(
    actor: User, unit: Unit, person_id: uuid.UUID, proof: Proof, *, replace: bool = False
) -> tuple[Training, bool]:
    """Write down what a certificate says. Returns the training and whether anything changed.

    Raises:
        NotAllowed: the actor does not lead the unit, or it is their own and somebody else leads, too.
        NotFound: no member. RuleBroken: a youth, an unknown training, or days that cannot be.
        Conflict: a newer date stands there, and nobody said ``replace``.
    """
    person = locked_adult(actor, unit, person_id)
    course = course_of(unit.policy_preset, proof.code)
    if course is None and proof.code not in codes_of(person_id):
        raise RuleBroken("Choose one of the trainings.", "code")
    return rules.keep(actor, person, course, proof, unit_id=unit.id, replace=replace)


def take_away(actor: User, unit: Unit, person_id: uuid.UUID, code: str) -> Taken | None:
    """Take a training off somebody's list, under whatever code it stands there; None when there is none.

    Raises:
        NotAllowed, NotFound, RuleBroken: as ``write_down``.
    """
    person = locked_adult(actor, unit, person_id)
    course = course_of(unit.policy_preset, code)
    codes = (course.code, *course.also) if course else (code,)
    found = db.session.scalars(select(Training).where(Training.person_id == person_id, Training.code.in_(codes))).all()
    if not found:
        return None
    for training in found:
        changes = {"training": (training.name, None), "expires_on": (training.expires_on, None)}
        record(actor, "training taken away", person, changes=changes, unit_id=unit.id)
        db.session.delete(training)
    db.session.flush()
    last = max(found, key=lambda training: training.expires_on or date.min)
    return Taken(course.name if course else last.name, last.completed_on, last.expires_on)


def decide_claim(
    actor: User, unit: Unit, claim_id: uuid.UUID, *, confirmed: bool, reply: str, seen: str | None = None
) -> TrainingClaim:
    """Confirm or refuse what an adult of the unit claims. Whoever refuses says why; whoever confirms has ``seen`` the days.

    Raises:
        NotFound: no claim of a member of this unit. NotAllowed: as ``write_down``.
        Conflict: it was decided already, other days are claimed by now, or what stands there holds longer. RuleBroken: no reason.
    """
    person_id = db.session.scalar(
        select(TrainingClaim.person_id)
        .join(Membership, Membership.person_id == TrainingClaim.person_id)
        .where(TrainingClaim.id == claim_id, Membership.unit_id == unit.id, Membership.until.is_(None))
    )
    if person_id is None:
        raise NotFound
    person = locked_adult(actor, unit, person_id)
    claim = rules.claim_of(person_id, claim_id)
    if confirmed and seen not in (None, claim.days):
        raise Conflict("Other days are claimed by now than you saw. Look again, then decide.")
    if confirmed:
        rules.confirm(actor, claim, person, unit.policy_preset, unit_id=unit.id)
    else:
        rules.refuse(actor, claim, person, reply, unit_id=unit.id)
    return claim


def locked_adult(actor: User, unit: Unit, person_id: uuid.UUID) -> Person:
    """The adult member, with the row held until the transaction ends: an import and a leader must not write at once.

    Raises:
        NotAllowed, NotFound, RuleBroken: as ``write_down``.
    """
    refuse_unless(actor, Can.KEEP_TRAININGS, unit.id)
    member_of(unit.id, person_id)
    locked = select(Person).where(Person.id == person_id).with_for_update().execution_options(populate_existing=True)
    person = db.session.scalars(locked).one_or_none() or member_of(unit.id, person_id).person
    if person.kind_on(today(unit.time_zone)) != PersonKind.ADULT:
        raise RuleBroken("Trainings are kept of adults.")
    refuse_own(actor, person, is_alone=not others_lead(actor, unit.id))
    return person


def others_lead(actor: User, unit_id: uuid.UUID) -> bool:
    """Whether the unit has another leader or admin who could do it; one statement."""
    others = exists().where(
        Role.unit_id == unit_id, Role.user_id != actor.id, HOLDS, User.id == Role.user_id, User.suspended_at.is_(None)
    )
    return bool(db.session.scalar(select(others)))


def codes_of(person_id: uuid.UUID) -> set[str]:
    """The codes of what somebody has, such as a roster file brought; one statement."""
    return set(db.session.scalars(select(Training.code).where(Training.person_id == person_id)))
