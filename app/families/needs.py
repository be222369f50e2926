"""What is missing about somebody, or runs out soon: pure functions that give sentences, each with where it is mended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.families.grades import asks_grade, grade_on
from app.families.models import Person, PersonKind
from app.families.training.queries import Line
from app.families.training.standing import SOON, Standing, months_after

ASKS_FORMS = "scouting_america"  # the rules that ask for its medical form and for a swim class each year
SWIM_MONTHS = 12


class Where(StrEnum):
    """Where a sentence leads: the form, or a part of the person's page."""

    DETAILS = "details"
    CONTACTS = "contacts"
    PHOTOS = "photos"
    TRAININGS = "trainings"
    CLAIM = "claim"
    HEALTH = "health"


LINKS = {
    Where.DETAILS: "Add it",
    Where.CONTACTS: "Add somebody",
    Where.PHOTOS: "Choose",
    Where.TRAININGS: "Say that you have it",
    Where.CLAIM: "See it",
    Where.HEALTH: "Enter the date",
}


@dataclass(frozen=True)
class Need:
    """One sentence. ``is_missing`` stands against going along, what is not only runs out."""

    sentence: str
    where: Where
    is_missing: bool = True

    @property
    def link(self) -> str:
        """The words of the link that mends it; empty where there is none."""
        return LINKS.get(self.where, "")


@dataclass(frozen=True)
class Place:
    """A unit that somebody is a member of."""

    words: str  # ``Troop 77, Fox patrol``
    kind: str
    preset: str
    registered: bool


def needs_of(
    person: Person, places: Iterable[Place], has_contact: bool, trainings: Iterable[Line], day: date
) -> list[Need]:
    """Everything that somebody should see to, what is missing first."""
    places = list(places)
    adult = person.kind_on(day) == PersonKind.ADULT
    found = of_details(person, places, day, adult=adult)
    if not has_contact:
        found.append(Need("Nobody is named to call in an emergency.", Where.CONTACTS))
    if any(place.preset == ASKS_FORMS for place in places):
        found += of_forms(person, day)
        found += of_swimming(person, day)
    if adult:
        found += of_trainings(trainings, day, registered=any(place.registered for place in places))
    elif places and person.photo_consent is None:
        found.append(Need("Nobody has said where photos may be seen.", Where.PHOTOS))
    return sorted(found, key=lambda need: not need.is_missing)


def of_details(person: Person, places: list[Place], day: date, *, adult: bool) -> list[Need]:
    """What the person's own form asks for."""
    found = []
    if person.birth_date is None:
        found.append(Need("The birth date is missing. It tells youth from adults.", Where.DETAILS))
    if person.gender is None:
        found.append(Need("The gender is missing. It decides who may share a tent.", Where.DETAILS))
    if adult and not person.phone:
        found.append(Need("A phone number is missing.", Where.DETAILS))
    asked = not adult and any(asks_grade(place.kind, place.preset) for place in places)
    if asked and grade_on(person.grade, person.grade_said_on, day) is None:
        found.append(Need("The school grade is missing. Dens go by it.", Where.DETAILS))
    return found


def of_forms(person: Person, day: date) -> list[Need]:
    """Parts A and B every year for every outing, part C for those of three days and more. (domain.md, Scouting America)"""
    parts = (
        ("Parts A and B of the medical form", person.form_ab_until, ""),
        ("Part C of the medical form", person.form_c_until, " It is asked for on outings of three days and more."),
    )
    found = []
    for part, until, why in parts:
        verb = "are" if part.startswith("Parts") else "is"
        if until is None:
            found.append(Need(f"{part} {verb} missing.{why}", Where.HEALTH, is_missing=not why))
        elif until <= day + SOON:
            found.append(Need(f"{part} {ends(until, day, verb == 'are')}.{why}", Where.HEALTH, is_missing=until < day))
    return found


def of_swimming(person: Person, day: date) -> list[Need]:
    """The swim class is renewed yearly. (domain.md, Scouting America)"""
    ask = "Ask a leader for a swim check."
    if person.swim_class is None or person.swim_class_on is None:
        return [Need(f"There is no swim class. {ask}", Where.HEALTH, is_missing=False)]
    until = months_after(person.swim_class_on, SWIM_MONTHS)
    if until > day + SOON:
        return []
    return [Need(f"The swim class {ends(until, day)}. {ask}", Where.HEALTH, is_missing=False)]


def of_trainings(lines: Iterable[Line], day: date, *, registered: bool) -> list[Need]:
    """What every registered adult needs, and whatever somebody has that runs out."""
    found = []
    for line in lines:
        if line.waiting:
            found.append(Need(f"{line.name} waits for a leader to confirm it.", Where.CLAIM, is_missing=False))
        elif line.standing in (Standing.ENDED, Standing.SOON) and line.last_day:
            needed = line.everybody and registered and line.standing is Standing.ENDED
            found.append(Need(f"{line.name} {ends(line.last_day, day)}.", Where.TRAININGS, is_missing=needed))
        elif line.everybody and registered and not line.standing.counts:
            found.append(Need(f"{line.name} is missing. {line.who}", Where.TRAININGS))
    return found


def ends(until: date, day: date, several: bool = False) -> str:
    """``ran out on Nov 3, 2026``, ``runs out on Jan 9, 2027``."""
    verb = "ran out" if until < day else "run out" if several else "runs out"
    return f"{verb} on {until:%b} {until.day}, {until.year}"
