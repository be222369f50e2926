"""What the page of one outing works out before it is printed: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.outings.cards import Meter, capacity, cost, duration, own_chips, seats_meter, tells_year
from app.outings.models import Outing
from app.outings.seatbook import OwnPlace, Taken
from app.outings.stage import Stage, stage_of
from app.web.formats import plural

# Where a family can still do something on the sign-up page.
ACTIVE = (Stage.NOT_OPEN, Stage.OPEN, Stage.CLOSED)


@dataclass(frozen=True)
class Details:
    """One outing at one moment, for one reader. ``year`` is empty while the date alone is clear."""

    stage: Stage
    duration: str
    year: str
    zone_name: str
    cost: str
    meter: Meter
    kinds: tuple[Meter, ...]
    waiting: int
    chips: tuple[tuple[str, str], ...]
    action: str


def details_of(outing: Outing, taken: Taken, own: Sequence[OwnPlace], moment: datetime) -> Details:
    """Everything that the templates would otherwise have to think about."""
    stage = stage_of(outing, moment)
    start, end = outing.starts_at.astimezone(outing.zone), outing.ends_at.astimezone(outing.zone)
    meter = seats_meter(outing, taken, stage)
    return Details(
        stage=stage,
        duration=duration(start, end),
        year=str(start.year) if tells_year(start, moment) else "",
        zone_name=start.tzname() or outing.unit.time_zone,
        cost=cost(outing.youth_cost, outing.adult_cost),
        meter=meter,
        kinds=kind_meters(outing, taken) if stage not in (Stage.OVER, Stage.CANCELLED) else (),
        waiting=taken.waiting,
        chips=() if stage in (Stage.CANCELLED, Stage.DRAFT) else tuple(own_chips(own, over=stage == Stage.OVER)),
        action=action_of(stage, bool(own), meter.is_full),
    )


def kind_meters(outing: Outing, taken: Taken) -> tuple[Meter, ...]:
    """Youth and adults apart, when the one bar for all does not say it: each kind that has a limit of its own."""
    if capacity(outing) is None:
        return ()
    kinds = (("youth", taken.youth, outing.youth_seats), ("adult", taken.adults, outing.adult_seats))
    return tuple(
        Meter(f"{used} of {plural(limit, f'{word} place')}", used, limit)
        for word, used, limit in kinds
        if limit is not None
    )


def action_of(stage: Stage, signed_up: bool, full: bool) -> str:
    """The words on the button to the sign-up page; empty when there is nothing to do there."""
    if stage not in ACTIVE:
        return ""
    if signed_up:
        return "Change or cancel"
    if stage != Stage.OPEN:
        return ""
    return "Join the waiting list" if full else "Sign your family up"
