"""What the list says of an outing, in words: pure functions from plain rows to what the template prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from app.outings.models import OutingState
from app.outings.queries import PAGE_SIZE, Listed, Page
from app.outings.seatbook import OwnPlace, Taken
from app.outings.stage import Stage
from app.web.formats import few, money, month_day, names, ordinal, plural

NOBODY = Taken()
# From here on a list must say the year: the same day comes again.
YEAR_SHOWN_AFTER = timedelta(days=300)
CHIP_OF = {Stage.CANCELLED: ("stop", "Cancelled"), Stage.DRAFT: ("wait", "Draft"), Stage.RUNNING: ("in", "On now")}


class Seated(Protocol):
    """An outing, or a row of a list: what limits its seats."""

    @property
    def youth_seats(self) -> int | None: ...  # noqa: D102
    @property
    def adult_seats(self) -> int | None: ...  # noqa: D102
    @property
    def total_seats(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Meter:
    """Seats in words, and as a bar when there is a limit."""

    words: str
    taken: int = 0
    limit: int | None = None

    @property
    def is_full(self) -> bool:
        """No place is left."""
        return self.limit is not None and self.taken >= self.limit


@dataclass(frozen=True, slots=True)
class Card:
    """One outing of the list, ready to print. ``chips`` are (kind, words); ``says`` is plain text beside them."""

    id: str
    title: str
    month: str
    day: int
    weekdays: str
    iso: str
    facts: tuple[str, ...]
    meter: Meter
    chips: tuple[tuple[str, str], ...]
    says: str


def card_of(row: Listed, stage: Stage, *, year: bool) -> Card:
    """The card of one outing, in its unit's time zone; ``year`` where the date alone would mislead."""
    zone = ZoneInfo(row.time_zone)
    start, end = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    meter = seats_meter(row, row.taken, stage)
    chips = [CHIP_OF[stage]] if stage in CHIP_OF else []
    if stage not in (Stage.CANCELLED, Stage.DRAFT):
        chips += own_chips(row.own, over=stage == Stage.OVER)
    return Card(
        id=row.id,
        title=row.title,
        month=f"{start:%b}",
        day=start.day,
        weekdays=tile_foot(start, end, year=year),
        iso=f"{start:%Y-%m-%d}",
        facts=tuple(fact for fact in (duration(start, end), row.place, cost(row.youth_cost, row.adult_cost)) if fact),
        meter=meter,
        chips=tuple(chips),
        says="" if chips else deadline(row, stage, zone, full=meter.is_full),
    )


def tells_year(start: datetime, moment: datetime) -> bool:
    """Whether the date alone would mislead, since the same day comes again soon."""
    return abs(start - moment) > YEAR_SHOWN_AFTER


def tile_foot(start: datetime, end: datetime, *, year: bool) -> str:
    """``Sat``, ``Sat-Sun``; the year instead when the date alone would mislead."""
    if year:
        return str(start.year)
    return f"{start:%a}" if start.date() == end.date() else f"{start:%a}-{end:%a}"


def duration(start: datetime, end: datetime) -> str:
    """``One day`` or ``2 days, 1 night``, counted in the zone of the two."""
    nights = (end.date() - start.date()).days
    return f"{nights + 1} days, {plural(nights, 'night')}" if nights else "One day"


def cost(youth: Decimal, adult: Decimal) -> str:
    """``free``, ``$6``, ``$48 youth, $20 adult``, ``$12 youth, adults free``."""
    if youth == adult:
        return money(youth)
    return (
        f"{money(youth)} youth, {money(adult)} adult"
        if youth and adult
        else (f"{money(youth)} youth, adults free" if youth else f"youth free, {money(adult)} adult")
    )


def capacity(limits: Seated) -> int | None:
    """How many people fit at most, or None when nothing limits all of them together."""
    bounds = [limits.total_seats] if limits.total_seats is not None else []
    if limits.youth_seats is not None and limits.adult_seats is not None:
        bounds.append(limits.youth_seats + limits.adult_seats)
    return min(bounds, default=None)


def seats_meter(limits: Seated, taken: Taken, stage: Stage) -> Meter:
    """All seats in one bar; when only one kind is limited, that kind's."""
    waiting = f", {taken.waiting} waiting" if taken.waiting else ""
    if stage == Stage.OVER:
        return Meter(f"{plural(taken.total, 'person', 'people')} took part" if taken.total else "Nobody had signed up")
    if stage == Stage.CANCELLED:
        return Meter(
            f"{plural(taken.total, 'person', 'people')} had signed up" if taken.total else "Nobody had signed up"
        )
    limit = capacity(limits)
    if limit is not None:
        return Meter(
            f"{taken.total} of {plural(limit, 'place')} taken{short_of(limits, taken, limit)}{waiting}",
            taken.total,
            limit,
        )
    if limits.youth_seats is not None:
        words = f"{taken.youth} of {plural(limits.youth_seats, 'youth place')} taken, {plural(taken.adults, 'adult')}{waiting}"
        return Meter(words, taken.youth, limits.youth_seats)
    if limits.adult_seats is not None:
        words = f"{taken.adults} of {plural(limits.adult_seats, 'adult place')} taken, {taken.youth} youth{waiting}"
        return Meter(words, taken.adults, limits.adult_seats)
    return Meter(f"{taken.total} coming, no limit{waiting}" if taken.total else "No limit, nobody yet")


def short_of(limits: Seated, taken: Taken, limit: int) -> str:
    """Which kind is full while places are left for the other."""
    if taken.total >= limit:
        return ""
    if limits.youth_seats is not None and taken.youth >= limits.youth_seats:
        return ", youth full"
    return ", adults full" if limits.adult_seats is not None and taken.adults >= limits.adult_seats else ""


def own_chips(own: Sequence[OwnPlace], *, over: bool = False) -> list[tuple[str, str]]:
    """``Ava and Noah are in``, ``Ella is 2nd in line``."""
    seated = [place.first_name for place in own if place.is_in]
    chips = []
    if seated:
        verb = ("was" if over else "is") if len(seated) == 1 else ("were" if over else "are")
        chips.append(("in", f"{names(seated)} {verb} in"))
    in_line: dict[int, list[str]] = {}
    for place in own if not over else ():
        if place.place_in_line is not None:
            in_line.setdefault(place.place_in_line, []).append(place.first_name)
    for number, waiting in sorted(in_line.items()):
        chips.append(("wait", f"{names(waiting)} {'is' if len(waiting) == 1 else 'are'} {ordinal(number)} in line"))
    return chips


def last_day(closes_at: datetime) -> datetime:
    """The last moment that counts: a sign-up that closes at midnight closes with the day before."""
    return closes_at - timedelta(seconds=1)


def deadline(row: Listed, stage: Stage, zone: ZoneInfo, *, full: bool) -> str:
    """When somebody has to do something."""
    if stage == Stage.NOT_OPEN and row.opens_at:
        return f"Sign-up opens {month_day(row.opens_at, zone)}"
    if stage == Stage.OPEN and row.closes_at:
        return f"Sign up by {month_day(last_day(row.closes_at), zone)}"
    return {Stage.OPEN: "Join the waiting list" if full else "Sign-up is open", Stage.CLOSED: "Sign-up is closed"}.get(
        stage, ""
    )


def lead(found: Page, *, past: bool) -> str:
    """The sentence over the list: ``Four coming up. Ava and Noah are in for two of them.``"""
    if not found.total:
        return ""
    if past:
        return f"{few(found.live).capitalize()} so far."
    sentences = [f"{few(found.live).capitalize()} coming up." if found.live else "Nothing coming up."]
    live = [row.own for row in found.rows if row.own and row.state == OutingState.PUBLISHED]
    seated = [people for own in live if (people := tuple(place.first_name for place in own if place.is_in))]
    if seated:
        same = len(set(seated)) == 1
        who = names(list(seated[0])) if same else "Your family"
        verb = "are" if same and len(seated[0]) > 1 else "is"
        sentences.append(f"{who} {verb} in for {how_many(len(seated), found)}.")
    return " ".join(sentences)


def how_many(number: int, found: Page) -> str:
    """``it``, ``both``, ``two of them``; of a list of several pages only one is known."""
    if found.total > PAGE_SIZE:
        return f"{few(number)} of those on this page"
    if number == found.live:
        return {1: "it", 2: "both"}.get(number, "all of them")
    return f"{few(number)} of them"
