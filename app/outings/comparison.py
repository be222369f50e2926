"""Two versions of an outing side by side, in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.errors import Stale
from app.web.formats import moment, money

WORDS = {
    "title": "Name",
    "unit_id": "Unit",
    "open_to": "Also open to",
    "starts_at": "Starts",
    "ends_at": "Ends",
    "place": "Place",
    "summary": "What families should know",
    "youth_seats": "Youth places",
    "adult_seats": "Adult places",
    "total_seats": "Places in all",
    "counts_cars": "Everybody needs a seat in a car",
    "youth_cost": "Cost for youth",
    "adult_cost": "Cost for adults",
    "opens_at": "Sign-up opens",
    "closes_at": "Sign-up closes",
    "cancel_by": "Cancel until",
    "waiting_rule": "Who moves up",
    "state": "Who sees it",
    "overbook_reason": "Reason for overbooking",
}
NAMED = {
    "whoever_fits": "the next party that fits",
    "in_order": "strictly in order",
    "draft": "draft",
    "published": "published",
    "cancelled": "cancelled",
}


class Difference(NamedTuple):
    """One field: what stands there now, and what was typed."""

    name: str
    label: str
    theirs: str
    yours: str


def compared(stale: Stale, zone: ZoneInfo, units: Mapping[str, str]) -> list[Difference]:
    """The values that differ, in the order of the form. ``units`` are names by id."""

    def said(name: str, value: Any) -> str:
        return units.get(str(value), "another unit") if name == "unit_id" else in_words(name, value, zone)

    return [
        Difference(name, label, said(name, stale.theirs[name]), said(name, stale.yours[name]))
        for name, label in WORDS.items()
        if name in stale.theirs
    ]


def in_words(name: str, value: Any, zone: ZoneInfo) -> str:
    """A value as the page would say it."""
    if value is None or value == "" or value == []:
        return "no limit" if name.endswith("_seats") else "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{moment(value, zone)}, {value.astimezone(zone).year}"
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(value)
    return NAMED.get(str(value), str(value)) if name in ("waiting_rule", "state") else str(value)
