"""How a training gets into the books: written down by a leader, or claimed by the adult and confirmed by a leader.

An older date never takes the place of a newer one in silence, whoever brings it; a roster file is held to the same.
"""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.audit.rules import assign, record
from app.clock import now, today
from app.errors import Conflict, NotAllowed, NotFound, RuleBroken
from app.extensions import db, new_id
from app.families.access import tie_of
from app.families.models import ClaimState, Person, PersonKind, Training, TrainingClaim
from app.families.training.catalogue import Course, course_of
from app.families.training.queries import own_courses
from app.families.training.standing import last_day_of
from app.identity.models import User

FARTHEST = 10  # years that a card may hold
MOST_CLAIMS = 20  # of one adult that wait


@dataclass(frozen=True)
class Proof:
    """What a card or a certificate says: which training, and one of the two days at least."""

    code: str
    completed_on: date | None = None
    expires_on: date | None = None


def checked(proof: Proof, course: Course | None) -> date | None:
    """The last day on which it holds; None for ever.

    Raises:
        RuleBroken: no day at all, or days that cannot be.
    """
    done, until, day = proof.completed_on, proof.expires_on, today()
    if done is None and until is None:
        raise RuleBroken("Enter the day on which it was completed, or the day on which it runs out.", "completed_on")
    if done and (done > day or done.year < day.year - 60):
        raise RuleBroken("Enter a day in the past on which it was completed.", "completed_on")
    if until and (until.year > day.year + FARTHEST or until.year < day.year - 60):
        raise RuleBroken(f"Enter a day within the next {FARTHEST} years.", "expires_on")
    if done and until and until < done:
        raise RuleBroken("It cannot run out before it was completed.", "expires_on")
    return last_day_of(course, done, until)


def refuse_older(known: Training | None, last: date | None) -> None:
    """Stop a date that comes before the one that stands there.

    Raises:
        Conflict: field ``replace``, with the date that stands there; None as a last day means for ever.
    """
    if known is None or last is None or known.expires_on is None:
        return
    if last < known.expires_on:
        kept = known.expires_on
        raise Conflict(f"A newer date stands there: it holds until {kept:%b} {kept.day}, {kept.year}.", "replace")


def keep(
    actor: User,
    person: Person,
    course: Course | None,
    proof: Proof,
    *,
    unit_id: uuid.UUID,
    replace: bool = False,
) -> tuple[Training, bool]:
    """Write a training down; the caller has locked the person's row and decided that ``actor`` may. Returns it and whether
    anything changed.

    Raises:
        RuleBroken: days that cannot be. Conflict: what stands there holds longer, and nobody said ``replace``.
    """
    last = checked(proof, course)
    code, name = (course.code, course.name) if course else (proof.code, proof.code)
    codes = (course.code, *course.also) if course else (proof.code,)
    found = db.session.scalars(select(Training).where(Training.person_id == person.id, Training.code.in_(codes)))
    by_code = {training.code: training for training in found}
    known = by_code.get(code) or next(iter(by_code.values()), None)
    if not replace:
        refuse_older(known, last)
    values = {"completed_on": proof.completed_on, "expires_on": last}
    if known is None:
        known = Training(id=new_id(), person_id=person.id, code=code, name=name, **values)
        db.session.add(known)
        changes = {field: [None, value] for field, value in values.items() if value}
    else:
        changes = assign(known, values)
    if changes:
        record(actor, "training written down", person, changes={"training": (None, name)} | changes, unit_id=unit_id)
    db.session.flush()
    return known, bool(changes)


def claim(actor: User, person_id: uuid.UUID, proof: Proof) -> tuple[TrainingClaim, bool]:
    """Say that an adult of the family has completed a training. It counts for nothing until a leader confirms it; claimed again
    meanwhile, the newer days stand. Returns the claim and whether anything changed.

    Raises:
        NotFound: not of this family. RuleBroken: a youth, a course that none of their units knows, or days that cannot be.
        Conflict: what stands there holds longer.
    """
    person = tie_of(actor, person_id, lock=True).person
    if person.kind_on(today()) != PersonKind.ADULT:
        raise RuleBroken("Trainings are kept of adults.")
    courses = own_courses(person.id)
    course = next((course for course in courses if course.code == proof.code), None)
    if course is None:
        raise RuleBroken("Choose one of the trainings.", "code")
    last = checked(proof, course)
    codes = (course.code, *course.also)
    here = select(Training).where(Training.person_id == person.id, Training.code.in_(codes))
    known = db.session.scalars(here.order_by(Training.expires_on.desc().nulls_first())).first()
    if known is not None and known.expires_on is not None and last is not None and last <= known.expires_on:
        kept = known.expires_on
        raise Conflict(f"We have that already: it holds until {kept:%b} {kept.day}, {kept.year}.", "completed_on")
    waiting = select(TrainingClaim).where(
        TrainingClaim.person_id == person.id, TrainingClaim.state == ClaimState.WAITING
    )
    claims = {found.code: found for found in db.session.scalars(waiting)}
    values = {"completed_on": proof.completed_on, "expires_on": last}
    found = claims.get(course.code)
    if found is None:
        if len(claims) >= MOST_CLAIMS:
            raise RuleBroken("Many claims wait already. Ask a leader to look at them first.")
        found = TrainingClaim(
            id=new_id(), person_id=person.id, code=course.code, name=course.name, claimed_by_id=actor.id, **values
        )
        db.session.add(found)
        changes = {field: [None, value] for field, value in values.items() if value}
    else:
        changes = assign(found, values)
    if changes:
        record(actor, "training claimed", person, changes={"training": (None, course.name)} | changes)
    db.session.flush()
    return found, bool(changes)


def withdraw(actor: User, person_id: uuid.UUID, claim_id: uuid.UUID) -> TrainingClaim | None:
    """Take one's claim back; None when nothing waits any more.

    Raises:
        NotFound: not of this family, or no claim of this person.
    """
    person = tie_of(actor, person_id, lock=True).person
    found = claim_of(person.id, claim_id)
    if found.state != ClaimState.WAITING:
        return None
    close(actor, found, person, ClaimState.WITHDRAWN, "training claim withdrawn", unit_id=None)
    return found


def claim_of(person_id: uuid.UUID, claim_id: uuid.UUID) -> TrainingClaim:
    """A claim of a person whose row the caller has locked, as it is now.

    Raises:
        NotFound: there is none.
    """
    wanted = select(TrainingClaim).where(TrainingClaim.id == claim_id, TrainingClaim.person_id == person_id)
    found = db.session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def confirm(actor: User, found: TrainingClaim, person: Person, preset: str, *, unit_id: uuid.UUID) -> Training:
    """A leader has seen the proof: from now on the training counts. The caller has locked the person's row.

    Raises:
        Conflict: it was decided already, or what stands there by now holds longer.
    """
    refuse_decided(found, ClaimState.CONFIRMED)
    proof = Proof(found.code, found.completed_on, found.expires_on)
    training, _ = keep(actor, person, course_of(preset, found.code), proof, unit_id=unit_id)
    close(actor, found, person, ClaimState.CONFIRMED, "training claim confirmed", unit_id=unit_id)
    return training


def refuse(actor: User, found: TrainingClaim, person: Person, reply: str, *, unit_id: uuid.UUID) -> None:
    """A leader does not believe it, and says why. The caller has locked the person's row.

    Raises:
        RuleBroken: nothing is said. Conflict: it was decided already.
    """
    refuse_decided(found, ClaimState.REFUSED)
    if not reply:
        raise RuleBroken("Say in a few words why, for example that the certificate is of another course.", "reply")
    found.reply = reply
    close(actor, found, person, ClaimState.REFUSED, "training claim refused", unit_id=unit_id)


def refuse_decided(found: TrainingClaim, wanted: ClaimState) -> None:
    """Stop a second decision.

    Raises:
        Conflict: with what was decided.
    """
    if found.state != ClaimState.WAITING:
        raise Conflict(
            f"This claim is {found.state} already." if found.state != wanted else f"It was {found.state} already."
        )


def close(
    actor: User, found: TrainingClaim, person: Person, state: ClaimState, action: str, *, unit_id: uuid.UUID | None
) -> None:
    """Decide a claim, and say so in the log."""
    found.state, found.decided_at, found.decided_by_id = state, now(), actor.id
    record(actor, action, person, changes={"training": (None, found.name)}, unit_id=unit_id, reason=found.reply)
    db.session.flush()


def refuse_own(actor: User, person: Person, *, is_alone: bool) -> None:
    """Four eyes: nobody writes down or confirms their own training while somebody else leads the unit, too.

    Raises:
        NotAllowed: it is the actor's own.
    """
    if person.user_id == actor.id and not is_alone:
        raise NotAllowed("Another leader of the unit has to do this for you. Claim it on your own page.")
