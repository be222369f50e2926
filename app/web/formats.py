"""Dates, money and numbers in words that a parent reads."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Flask

from app.clock import now

ORDINALS = {1: "st", 2: "nd", 3: "rd"}
FEW = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def init_app(app: Flask) -> None:
    """Give these to the templates."""
    app.jinja_env.filters.update(
        day=day,
        date=full_date,
        moment=moment,
        dated=dated,
        span=span,
        money=money,
        ordinal=ordinal,
        names=names,
        plural=plural,
        iso=iso,
        month_day=month_day,
        clock=clock,
        few=few,
        ago=ago,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def full_date(value: date) -> str:
    """``Dec 5, 2014``: birthdays, and when something ends; nobody asks which day of the week that is."""
    return f"{value:%b} {value.day}, {value.year}"


def day(value: date | datetime, zone: ZoneInfo | None = None) -> str:
    """``Sat Dec 5``."""
    local = value.astimezone(zone) if isinstance(value, datetime) and zone else value
    return f"{local:%a %b} {local.day}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """``Sat Dec 5, 9:00``."""
    local = value.astimezone(zone)
    return f"{local:%a %b} {local.day}, {local.hour}:{local:%M}"


def dated(value: datetime, zone: ZoneInfo) -> str:
    """``Sat Dec 5, 9:00``, with the year if it is not this one: in a list that goes back for years."""
    local = value.astimezone(zone)
    year = "" if local.year == now().astimezone(zone).year else f", {local.year}"
    return f"{day(local)}{year}, {local.hour}:{local:%M}"


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """``Sat Dec 5, 9:00 to Sun Dec 6, 11:30``, or ``Sat Dec 5, 9:00 to 14:00`` within one day."""
    local_start, local_end = start.astimezone(zone), end.astimezone(zone)
    if local_start.date() == local_end.date():
        return f"{moment(start, zone)} to {local_end.hour}:{local_end:%M}"
    return f"{moment(start, zone)} to {moment(end, zone)}"


def month_day(value: datetime, zone: ZoneInfo) -> str:
    """``Dec 5``, where the year and the day of the week stand elsewhere."""
    local = value.astimezone(zone)
    return f"{local:%b} {local.day}"


def clock(value: datetime, zone: ZoneInfo) -> str:
    """``14:00``."""
    local = value.astimezone(zone)
    return f"{local.hour}:{local:%M}"


def iso(value: datetime, zone: ZoneInfo) -> str:
    """For the ``datetime`` attribute of ``<time>``."""
    return value.astimezone(zone).isoformat(timespec="minutes")


def ago(value: datetime) -> str:
    """``just now``, ``20 minutes ago``, ``3 hours ago``, ``12 days ago``: where nobody's time zone is known."""
    seconds = int((now() - value).total_seconds())
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        # Not to the minute: a session's last use is written every five.
        if seconds >= (size if size > 60 else 600):
            return f"{plural(seconds // size, word)} ago"
    return "just now"


def money(amount: Decimal) -> str:
    """``$25``, ``$7.50``, ``free``."""
    if not amount:
        return "free"
    return f"${amount:,.0f}" if amount == amount.to_integral_value() else f"${amount:,.2f}"


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``11th``."""
    suffix = "th" if 10 <= number % 100 <= 20 else ORDINALS.get(number % 10, "th")
    return f"{number}{suffix}"


def names(words: list[str]) -> str:
    """``Ava``, ``Ava and Noah``, ``Ava, Noah and Ella``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def plural(number: int, one: str, many: str | None = None) -> str:
    """``1 person``, ``2 people``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def few(number: int) -> str:
    """A number in a sentence: ``two``, ``ten``, then ``11``."""
    return FEW[number] if number < len(FEW) else str(number)
