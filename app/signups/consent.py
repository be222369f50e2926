"""What a guardian agrees to, and whether it still holds."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.families.models import PersonKind
from app.outings.plain import AnyOuting
from app.outings.rules import AGREED_TO

TEXT_VERSION = "2026-11"
TEXTS = {
    "2026-11": (
        "I give permission for the young people that I sign up to take part in this outing as it is described on its "
        "page, on the days, at the place and for the cost given there. In an emergency, when I cannot be reached, the "
        "leaders may give first aid and seek medical care. I have told the unit what the leaders need to know "
        "about health and diet. I can withdraw this permission at any time by cancelling or by telling a leader."
    )
}


def terms_of(outing: AnyOuting) -> dict[str, Any]:
    """The outing as it is described at this moment, in words that compare equal when nothing has changed."""
    return {name: plain(getattr(outing, name)) for name in AGREED_TO}


def plain(value: datetime | Decimal | str) -> str:
    """A term as it is kept."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def is_stale(terms: dict[str, Any], outing: AnyOuting) -> bool:
    """Whether dates, place or cost have changed since these terms were agreed to. (domain.md, "Consent")"""
    return terms != terms_of(outing)


def is_unasked(by_leader: bool, since: datetime, given_at: datetime | None) -> bool:
    """Whether a leader has put a child on the list ``since`` an account gave permission last, if ever."""
    return by_leader and (given_at is None or given_at < since)


def is_needed_for(kinds: Iterable[str]) -> bool:
    """Permission is given for young people; adults decide for themselves."""
    return PersonKind.YOUTH in kinds
