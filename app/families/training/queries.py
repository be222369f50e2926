"""What pages read of trainings."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import cast, column, null, select, table, union_all

from app.extensions import db
from app.families.models import ClaimState, Training, TrainingClaim
from app.families.training.catalogue import Course, courses_of
from app.families.training.standing import Held, Standing, best_of, last_day_of, standing_of
from app.identity.models import User
from app.units.models import Unit

MOST_ROWS = 5000  # of one page of people, far over any real one


@dataclass(frozen=True)
class Waiting:
    """A claim that no leader has decided about."""

    id: uuid.UUID
    code: str
    name: str
    completed_on: date | None
    expires_on: date | None


@dataclass(frozen=True)
class Record:
    """Everything about the trainings of one adult."""

    held: tuple[Held, ...] = ()
    waiting: tuple[Waiting, ...] = ()


@dataclass(frozen=True)
class Line:
    """One training of one adult, as a page prints it."""

    code: str
    name: str
    who: str
    everybody: bool
    standing: Standing
    last_day: date | None
    waiting: Waiting | None


def records_of(person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Record]:
    """What several adults have, and what they claim to have; one statement."""
    if not person_ids:
        return {}
    kept = select(
        Training.person_id,
        cast(null(), TrainingClaim.id.type).label("claim_id"),
        Training.code,
        Training.name,
        Training.completed_on,
        Training.expires_on,
    ).where(Training.person_id.in_(person_ids))
    claimed = select(
        TrainingClaim.person_id,
        TrainingClaim.id,
        TrainingClaim.code,
        TrainingClaim.name,
        TrainingClaim.completed_on,
        TrainingClaim.expires_on,
    ).where(TrainingClaim.person_id.in_(person_ids), TrainingClaim.state == ClaimState.WAITING)
    found: dict[uuid.UUID, Record] = {}
    for person_id, claim_id, *said in db.session.execute(union_all(kept, claimed).order_by("code").limit(MOST_ROWS)):
        record = found.get(person_id, Record())
        if claim_id is None:
            found[person_id] = Record((*record.held, Held(*said)), record.waiting)
        else:
            found[person_id] = Record(record.held, (*record.waiting, Waiting(claim_id, *said)))
    return found


@dataclass(frozen=True)
class Refusal:
    """A claim that a leader did not believe, and why."""

    name: str
    on: datetime | None
    by: str
    reply: str


def refusals_of(person_id: uuid.UUID) -> list[Refusal]:
    """The last five claims of an adult that were refused, newest first; one statement."""
    rows = db.session.execute(
        select(TrainingClaim.name, TrainingClaim.decided_at, User.name, TrainingClaim.reply)
        .outerjoin(User, User.id == TrainingClaim.decided_by_id)
        .where(TrainingClaim.person_id == person_id, TrainingClaim.state == ClaimState.REFUSED)
        .order_by(TrainingClaim.decided_at.desc())
        .limit(5)
    )
    return [Refusal(name, at, by or "A former account", reply or "") for name, at, by, reply in rows]


def lines_of(record: Record, courses: Iterable[Course], day: date) -> list[Line]:
    """The courses of the presets one by one, then whatever else somebody has."""
    courses = list(courses)
    claims = {claim.code: claim for claim in record.waiting}
    lines, told = [], set()
    for course in courses:
        held = best_of(course, record.held)
        last = last_day_of(course, held.completed_on, held.expires_on) if held else None
        standing = standing_of(course, held, day)
        lines.append(
            Line(course.code, course.name, course.who, course.everybody, standing, last, claims.get(course.code))
        )
        told |= {course.code, *course.also}
    for held in record.held:
        if held.code.upper() not in told:
            standing = standing_of(None, held, day)
            lines.append(Line(held.code, held.name, "", False, standing, held.expires_on, None))
    return lines


def own_courses(person_id: uuid.UUID) -> list[Course]:
    """The courses of the rules of every unit that an adult is a member of; one statement."""
    # Memberships belong to a later room; this one knows of them only that they point here.
    members = table("memberships", *(column(name) for name in ("person_id", "unit_id", "until")))
    units = db.session.execute(
        select(Unit.policy_preset, Unit.kind)
        .join(members, members.c.unit_id == Unit.id)
        .where(members.c.person_id == person_id, members.c.until.is_(None))
        .order_by(Unit.name)
    )
    return courses_together((preset, kind) for preset, kind in units)


def courses_together(units: Iterable[tuple[str, str]]) -> list[Course]:
    """The courses of several units, by preset and kind, each code once."""
    found: dict[str, Course] = {}
    for preset, kind in units:
        for course in courses_of(preset, kind):
            found.setdefault(course.code, course)
    return list(found.values())
