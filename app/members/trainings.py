"""What the unit's page of trainings reads: a page of its adults with what each has on a day, in a fixed number of statements."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from app.clock import today
from app.extensions import db
from app.families.models import ADULT_FROM, ClaimState, Person, PersonKind, Training, TrainingClaim
from app.families.training.catalogue import Course, courses_of
from app.families.training.queries import Line, Record, lines_of, records_of
from app.families.training.standing import SOON
from app.members.models import Membership
from app.units.models import Unit

PAGE_SIZE = 50
MOST_CLAIMS = 20  # shown; the oldest first
MOST_PAGES = 1000


class Show(StrEnum):
    """Which adults: how they stand with the training that is asked about."""

    ALL = "all"
    CURRENT = "current"
    SOON = "soon"
    ENDED = "ended"
    MISSING = "missing"


@dataclass(frozen=True)
class Asked:
    """Which part of the list an address asks for, judged on ``day``."""

    day: date
    courses: tuple[Course, ...]
    course: Course | None = None
    show: Show = Show.ALL
    number: int = 1

    @property
    def columns(self) -> tuple[Course, ...]:
        """One for each course, or the one that was asked for."""
        return (self.course,) if self.course else self.courses


@dataclass(frozen=True)
class AdultRow:
    """One line of the list."""

    person_id: uuid.UUID
    name: str
    position: str | None
    is_own: bool
    lines: list[Line]


@dataclass(frozen=True)
class Count:
    """How many have a training on the day, and how many of them lose it within 60 days."""

    course: Course
    current: int
    soon: int


def asked_of(unit: Unit, day: date | None, code: str, show: str, number: int) -> Asked:
    """What an address asks for; what cannot be read is not asked for."""
    courses = courses_of(unit.policy_preset, unit.kind)
    return Asked(
        day=day or today(unit.time_zone),
        courses=courses,
        course=next((course for course in courses if course.code == code), None),
        show=Show(show) if show in list(Show) else Show.ALL,
        number=min(max(1, number), MOST_PAGES),
    )


def adults_page(unit: Unit, asked: Asked, user_id: uuid.UUID) -> tuple[list[AdultRow], int]:
    """A page of the unit's adults by last name, and how many there are. Two statements."""
    found = db.session.execute(
        adults(unit.id, asked.day)
        .add_columns(Person, Membership.position, func.count().over())
        .where(*conditions(asked))
        .order_by(func.lower(Person.last_name), func.lower(Person.first_name), Person.id)
        .limit(PAGE_SIZE)
        .offset((asked.number - 1) * PAGE_SIZE)
    ).all()
    records = records_of([row[0] for row in found])
    rows = [row_of(person, position, records.get(person.id), asked, user_id) for _, person, position, _ in found]
    return rows, found[0][-1] if found else 0


def adult_in(unit: Unit, asked: Asked, person_id: uuid.UUID, user_id: uuid.UUID) -> AdultRow | None:
    """One line of the list. Two statements."""
    found = db.session.execute(
        adults(unit.id, asked.day).add_columns(Person, Membership.position).where(Person.id == person_id)
    ).first()
    if found is None:
        return None
    return row_of(found[1], found[2], records_of([person_id]).get(person_id), asked, user_id)


def row_of(person: Person, position: str | None, record: Record | None, asked: Asked, user_id: uuid.UUID) -> AdultRow:
    """The line for what the database gave; other trainings than the columns' are left out."""
    lines = lines_of(record or Record(), asked.columns, asked.day)[: len(asked.columns)]
    return AdultRow(person.id, person.full_name, position, person.user_id == user_id, lines)


def adults(unit_id: uuid.UUID, day: date) -> Select[Any]:
    """The ids of live members who are adults on a day, as ``Person.kind_on`` has it."""
    try:
        born = day.replace(year=day.year - ADULT_FROM)
    except ValueError:  # 29 February
        born = day.replace(year=day.year - ADULT_FROM, day=28)
    adult = or_(Person.birth_date <= born, and_(Person.birth_date.is_(None), Person.kind == PersonKind.ADULT))
    return (
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.unit_id == unit_id, Membership.until.is_(None), adult)
    )


def conditions(asked: Asked) -> list[ColumnElement[bool]]:
    """What makes an adult one of those that are asked for. Without a course: of what everybody needs, and of what runs out all."""
    if asked.show is Show.ALL:
        return []
    needed = tuple(course for course in asked.courses if course.everybody)
    courses = (asked.course,) if asked.course else asked.courses if asked.show is Show.SOON else needed
    every = [stands(course, asked.show, asked.day) for course in courses]
    return [and_(*every) if asked.show is Show.CURRENT else or_(*every)]


def stands(course: Course, show: Show, day: date) -> ColumnElement[bool]:
    """How an adult stands with a course, as ``standing_of`` has it."""
    if show is Show.CURRENT:
        return has(course, lasting(course, day))
    if show is Show.SOON:
        return and_(has(course, lasting(course, day)), ~has(course, lasting(course, day + SOON, after=True)))
    ended = has(course, Training.expires_on < day)
    if show is Show.ENDED:
        return and_(~has(course, lasting(course, day)), ended)
    return and_(~has(course, lasting(course, day)), ~ended)


def has(course: Course, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether somebody has a training that stands for the course, and for which ``condition`` is true."""
    codes = (course.code, *course.also)
    return exists().where(Training.person_id == Person.id, func.upper(Training.code).in_(codes), condition)


def lasting(course: Course, day: date, *, after: bool = False) -> ColumnElement[bool]:
    """A training that holds on ``day``, or ``after`` it; without a date only what holds for ever does."""
    dated = Training.expires_on > day if after else Training.expires_on >= day
    return or_(dated, Training.expires_on.is_(None)) if course.months is None else dated


def counts(unit: Unit, asked: Asked) -> tuple[int, list[Count]]:
    """How many adults there are, and of the course that is asked for, or of what everybody needs, how many have it. One statement."""
    courses = (asked.course,) if asked.course else tuple(course for course in asked.courses if course.everybody)
    columns: list[ColumnElement[int]] = [func.count()]
    for course in courses:
        for show in (Show.CURRENT, Show.SOON):
            columns.append(func.count().filter(stands(course, show, asked.day)))
    total, *figures = db.session.execute(adults(unit.id, asked.day).with_only_columns(*columns)).one()
    pairs = zip(figures[::2], figures[1::2], strict=True)
    return total, [Count(course, *pair) for course, pair in zip(courses, pairs, strict=True)]


def waiting_claims(unit_id: uuid.UUID) -> Sequence[tuple[TrainingClaim, Person]]:
    """Claims of the unit's members that nobody has decided about, the oldest first. One statement."""
    rows = db.session.execute(
        select(TrainingClaim, Person)
        .join(Person, Person.id == TrainingClaim.person_id)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.unit_id == unit_id, Membership.until.is_(None), TrainingClaim.state == ClaimState.WAITING)
        .order_by(TrainingClaim.claimed_at, TrainingClaim.id)
        .limit(MOST_CLAIMS)
    )
    return [(claim, person) for claim, person in rows]
