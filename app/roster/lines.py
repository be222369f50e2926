"""The rows of the list in words: pure functions from plain rows to what a template or a file prints."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from app.clock import today
from app.families.health.words import Flag, flags_in_words
from app.families.models import PersonKind, age_on
from app.families.photos import SHORT
from app.outings.plain import AnyOuting
from app.roster.found import Contact, Found
from app.signups.consent import terms_of
from app.signups.models import ParticipantState
from app.web.formats import ordinal, plural

LONG = timedelta(hours=72)  # from here on part C is asked for (domain.md, Scouting America, checked 2026-11-23)
TERM_WORDS = {"starts_at": "dates", "ends_at": "dates", "place": "place", "youth_cost": "cost", "adult_cost": "cost"}
STATE_CHIPS: dict[str, str] = {
    ParticipantState.CONFIRMED: "in",
    ParticipantState.WAITING: "wait",
    ParticipantState.CANCELLED: "",
}

Chip = tuple[str, str]  # the kind of chip, and its words


@dataclass(frozen=True, slots=True)
class Line:
    """One row, ready to print. Empty strings print nothing."""

    id: str
    version: int
    name: str
    about: str
    photos: str
    ride: str
    patrol: str
    troop: str
    contacts: tuple[Contact, ...]
    permission: Chip | None
    permission_why: str
    forms: tuple[Chip, ...]
    note: str
    state: str
    state_chip: Chip
    why: str
    place: int | None
    has_health_note: bool
    opens_health: bool
    flags: tuple[Flag, ...]

    @property
    def facts(self) -> str:
        """Below the name: age and rank, photos, and the ride."""
        return ", ".join(filter(None, (self.about, self.photos, self.ride)))


class Trip(NamedTuple):
    """What the rows of one outing are judged against, worked out once for all of them."""

    first_day: date
    last_day: date
    today: date
    is_long: bool
    asks_forms: bool
    counts_cars: bool
    terms: tuple[tuple[str, Any], ...]  # as ``signups.consent.terms_of`` names them
    is_over: bool  # and nobody need be called any more

    @classmethod
    def of(cls, outing: AnyOuting, *, is_over: bool) -> "Trip":
        """Forms are judged on the last day of the outing, not on today. (domain.md, "Policies")"""
        zone = outing.zone
        return cls(
            first_day=outing.starts_at.astimezone(zone).date(),
            last_day=outing.ends_at.astimezone(zone).date(),
            today=today(outing.unit.time_zone),
            is_long=outing.ends_at - outing.starts_at >= LONG,
            asks_forms=outing.unit.policy_preset == "scouting_america",
            counts_cars=outing.counts_cars,
            terms=tuple(terms_of(outing).items()),
            is_over=is_over,
        )


def line_of(
    found: Found, trip: Trip, why: Mapping[str, str], places: Mapping[str, int], *, opens_health: bool = False
) -> Line:
    """One row in words; ``why`` says of the waiting ones what keeps them there, ``places`` how far ahead they are."""
    needs_care = found.state != ParticipantState.CANCELLED and not trip.is_over
    has_note = found.has_health_note and needs_care
    place = places.get(found.id)
    youth = found.kind == PersonKind.YOUTH
    permission, permission_why = permission_of(found, trip) if youth else (None, "")
    return Line(
        id=found.id,
        version=found.version,
        name=f"{found.first_name} {found.last_name}",
        about=about(youth, found.birth_date, found.rank, trip.first_day),
        photos=SHORT.get(found.photo_consent or "", ""),
        ride=ride(found.passengers_there, found.passengers_back) if trip.counts_cars else "",
        patrol=found.patrol or found.guest_patrol or "",
        troop=found.guest_troop or found.unit or "",
        contacts=() if trip.is_over else contacts_of(found, youth),
        permission=permission,
        permission_why=permission_why,
        forms=tuple(forms_of(found, trip)) if trip.asks_forms else (),
        note=found.note or "",
        state=found.state,
        state_chip=state_chip(found.state, place),
        why=f"over the limit: {found.overbook_reason}" if found.overbook_reason else why.get(found.id, ""),
        place=place,
        has_health_note=has_note,
        opens_health=has_note and opens_health,
        flags=flags_in_words(found.flags) if needs_care else (),
    )


def contacts_of(found: Found, youth: bool) -> tuple[Contact, ...]:
    """Whom to call: the guardians; an adult who has none answers for himself or herself."""
    if youth or found.guardians:
        return found.contacts()
    return (Contact("", found.phone),) if found.phone else ()


def about(youth: bool, birth_date: date | None, rank: str | None, day: date) -> str:
    """``12, First Class``; of an adult only that."""
    if not youth:
        return "adult"
    age = str(age_on(birth_date, day)) if birth_date else ""
    return f"{age}, {rank}" if age and rank else age or rank or ""


def ride(there: int | None, back: int | None) -> str:
    """``drives 3 passengers there, 1 passenger back``; nothing of whoever does not drive."""
    ways = [(there, "both ways")] if there == back else [(there, "there"), (back, "back")]
    said = [
        f"{plural(seats, 'passenger') if seats else 'nobody else'} {way}" for seats, way in ways if seats is not None
    ]
    return f"drives {', '.join(said)}" if said else ""


def state_chip(state: str, place: int | None) -> Chip:
    """``confirmed``, ``waiting, 1st``, ``cancelled``."""
    return STATE_CHIPS[state], f"{state}, {ordinal(place)}" if place else state


def permission_of(found: Found, trip: Trip) -> tuple[Chip, str]:
    """Given, by somebody who may give it no longer, out of date with what has changed since, or not given."""
    if found.agreed is True and found.agreed_by_former:
        return ("wait", "given"), "by somebody who is no guardian now or may not give it any more"
    if not isinstance(found.agreed, tuple):
        return (("in", "given"), "") if found.agreed else (("stop", "none yet"), "")
    agreed = dict(found.agreed)
    changed = {TERM_WORDS.get(name, "terms"): True for name, now in trip.terms if agreed.get(name) != now}
    return ("wait", "out of date"), f"{' and '.join(changed) or 'terms'} changed since"


def forms_of(found: Found, trip: Trip) -> list[Chip]:
    """Parts A and B for every event, part C from three days on; each must last until the end."""
    parts = [("A/B", found.form_ab_until)] + ([("C", found.form_c_until)] if trip.is_long else [])
    missing = [form_chip(part, until, trip) for part, until in parts if until is None or until < trip.last_day]
    return missing or [("in", "complete")]


def form_chip(part: str, until: date | None, trip: Trip) -> Chip:
    """``A/B missing``, ``A/B ended Nov 30``, ``A/B ends Nov 30``: before the outing does."""
    if until is None:
        return "stop", f"{part} missing"
    year = "" if until.year == trip.last_day.year else f", {until.year}"
    if until < trip.today:
        return "stop", f"{part} ended {until:%b} {until.day}{year}"
    return "wait", f"{part} ends {until:%b} {until.day}{year}"
