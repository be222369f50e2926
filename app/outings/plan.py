"""An outing as somebody wants it, and what can be said against it without looking at the database."""

import uuid
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.errors import RuleBroken
from app.outings.models import OutingState, WaitingRule

LONGEST_TITLE, LONGEST_PLACE, LONGEST_SUMMARY = 120, 200, 5000  # characters
LONGEST = timedelta(days=60)  # a summer of staff; what is longer has a wrong year in it
MOST_SEATS = 10_000
HIGHEST_COST = Decimal(99_999)


@dataclass(frozen=True)
class Plan:
    """An outing as somebody wants it. Times are aware; empty seats are no limit; ``open_to`` are names of units."""

    unit_id: uuid.UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    summary: str = ""
    youth_seats: int | None = None
    adult_seats: int | None = None
    total_seats: int | None = None
    counts_cars: bool = False
    youth_cost: Decimal = Decimal(0)
    adult_cost: Decimal = Decimal(0)
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    cancel_by: datetime | None = None
    waiting_rule: str = WaitingRule.WHOEVER_FITS
    state: str = OutingState.DRAFT
    overbook_reason: str | None = None
    open_to: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        """What goes into the outing's own row."""
        return {column.name: getattr(self, column.name) for column in fields(self) if column.name != "open_to"}


def checked(plan: Plan) -> Plan:
    """The plan with its texts trimmed.

    Raises:
        RuleBroken: the first thing in it that cannot be.
    """
    plan = replace(
        plan,
        title=" ".join(plan.title.split()),
        place=" ".join(plan.place.split()),
        summary=plan.summary.replace("\r\n", "\n").strip(),
        overbook_reason=" ".join((plan.overbook_reason or "").split()) or None,
    )
    checks = (
        ("title", bool(plan.title), "Enter a name for the outing."),
        ("title", len(plan.title) <= LONGEST_TITLE, f"Use at most {LONGEST_TITLE} characters for the name."),
        ("place", len(plan.place) <= LONGEST_PLACE, f"Use at most {LONGEST_PLACE} characters for the place."),
        ("summary", len(plan.summary) <= LONGEST_SUMMARY, f"Use at most {LONGEST_SUMMARY:,} characters."),
        ("ends_at", plan.ends_at > plan.starts_at, "The outing must end after it starts."),
        (
            "ends_at",
            plan.ends_at - plan.starts_at <= LONGEST,
            f"That is more than {LONGEST.days} days. Check the year.",
        ),
        *(
            (name, seats is None or 0 <= seats <= MOST_SEATS, f"Enter a number from 0 to {MOST_SEATS:,}.")
            for name, seats in seat_limits(plan).items()
        ),
        ("youth_cost", 0 <= plan.youth_cost <= HIGHEST_COST, "Enter an amount such as 25 or 7.50."),
        ("adult_cost", 0 <= plan.adult_cost <= HIGHEST_COST, "Enter an amount such as 25 or 7.50."),
        ("closes_at", not later(plan.opens_at, plan.closes_at), "Sign-up must close after it opens."),
        ("closes_at", not past(plan.closes_at, plan.ends_at), "Sign-up cannot close after the outing is over."),
        ("opens_at", not later(plan.opens_at, plan.starts_at), "Sign-up must open before the outing starts."),
        ("cancel_by", not past(plan.cancel_by, plan.ends_at), "People cannot cancel after the outing is over."),
        ("waiting_rule", plan.waiting_rule in set(WaitingRule), "Choose who moves up."),
    )
    for name, holds, sentence in checks:
        if not holds:
            raise RuleBroken(sentence, name)
    return plan


def seat_limits(plan: Plan) -> dict[str, int | None]:
    """The three limits by name."""
    return {"youth_seats": plan.youth_seats, "adult_seats": plan.adult_seats, "total_seats": plan.total_seats}


def later(first: datetime | None, second: datetime | None) -> bool:
    """Whether ``first`` fails to come before ``second``."""
    return first is not None and second is not None and first >= second


def past(deadline: datetime | None, end: datetime) -> bool:
    """Whether a deadline lies after the end."""
    return deadline is not None and deadline > end
