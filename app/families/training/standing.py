"""Who is current on a day, and who runs out soon: pure functions over plain dates.

A training is judged on the day that is asked about: today, or the last day of an outing (domain.md, "Policies").
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.families.training.catalogue import Course

SOON = timedelta(days=60)


class Standing(StrEnum):
    """How a training stands on a day."""

    CURRENT = "current"
    SOON = "runs out soon"
    ENDED = "ended"
    UNDATED = "no date"  # written down without a day, though it does not hold for ever
    MISSING = "missing"

    @property
    def counts(self) -> bool:
        """Whether somebody has the training on that day."""
        return self in (Standing.CURRENT, Standing.SOON)


@dataclass(frozen=True, slots=True)
class Held:
    """A training that somebody has, as it is kept."""

    code: str
    name: str
    completed_on: date | None
    expires_on: date | None


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_day_of(course: Course | None, completed_on: date | None, expires_on: date | None) -> date | None:
    """The last day on which a training holds; None when it holds for ever or nobody knows. What a card says wins."""
    if expires_on or completed_on is None or course is None or course.months is None:
        return expires_on
    return months_after(completed_on, course.months)


def standing_of(course: Course | None, held: Held | None, day: date) -> Standing:
    """How a training stands on ``day``."""
    if held is None:
        return Standing.MISSING
    last = last_day_of(course, held.completed_on, held.expires_on)
    if last is None:
        return Standing.UNDATED if course is not None and course.months is not None else Standing.CURRENT
    if last < day:
        return Standing.ENDED
    return Standing.SOON if last <= day + SOON else Standing.CURRENT


def current_on(course: Course, trained: Mapping[object, Iterable[Held]], day: date) -> tuple[set[object], set[object]]:
    """Whoever has ``course`` on ``day``, and those of them who lose it within 60 days; by whatever ``trained`` calls people."""
    current, soon = set(), set()
    for person, held in trained.items():
        best = standing_of(course, best_of(course, held), day)
        if best.counts:
            current.add(person)
        if best is Standing.SOON:
            soon.add(person)
    return current, soon


def best_of(course: Course, trainings: Iterable[Held]) -> Held | None:
    """Of several that stand for the course under one code or another, the one that holds longest."""
    found = [held for held in trainings if held.code.upper() in (course.code, *course.also)]

    def lasts(held: Held) -> date:
        last = last_day_of(course, held.completed_on, held.expires_on)
        return last or (date.max if course.months is None else date.min)

    return max(found, key=lasts, default=None)
