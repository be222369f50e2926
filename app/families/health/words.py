"""What is said about health, as a page says it: pure functions and lists of words."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from app.errors import Stale
from app.families.differences import Difference, side_by_side
from app.families.health.answers import Allergy, Carried, Diet, Medication, Severity
from app.families.models import SwimClass

DIETS: dict[str, str] = {
    Diet.VEGETARIAN: "Vegetarian",
    Diet.VEGAN: "Vegan",
    Diet.PESCETARIAN: "Fish, but no meat",
    Diet.HALAL: "Halal",
    Diet.KOSHER: "Kosher",
    Diet.NO_PORK: "No pork",
    Diet.GLUTEN_FREE: "Gluten-free",
    Diet.LACTOSE_FREE: "Lactose-free",
    Diet.NUT_FREE: "Nut-free",
    Diet.EGG_FREE: "Egg-free",
}
SEVERITIES: dict[str, str] = {
    Severity.MILD: "Mild",
    Severity.MODERATE: "Moderate",
    Severity.SEVERE: "Severe",
    Severity.LIFE_THREATENING: "Life-threatening",
}
CARRIED: dict[str, str] = {
    Carried.AUTO_INJECTOR: "An auto-injector, such as an EpiPen",
    Carried.INHALER: "An inhaler",
    Carried.INSULIN: "Insulin",
}
SWIM: dict[str, str] = {
    SwimClass.SWIMMER: "Swimmer",
    SwimClass.BEGINNER: "Beginner",
    SwimClass.NONSWIMMER: "Non-swimmer",
}
# As everybody on an outing's staff reads them; the first ones are marked.
FLAGS: dict[str, str] = {
    Carried.AUTO_INJECTOR: "carries an auto-injector",
    Carried.INHALER: "carries an inhaler",
    Carried.INSULIN: "carries insulin",
    SwimClass.NONSWIMMER: "non-swimmer",
    SwimClass.BEGINNER: "beginner swimmer",
} | {diet: words.lower() for diet, words in DIETS.items()}
URGENT = frozenset({*Carried, SwimClass.NONSWIMMER})
# What people are mostly allergic to, offered while somebody types.
ALLERGENS = (
    "Peanuts", "Tree nuts", "Milk", "Eggs", "Wheat", "Soy", "Fish", "Shellfish", "Sesame", "Bee and wasp stings", "Pollen",
    "Animal hair", "Penicillin", "Latex",
)  # fmt: skip
WORDS = {
    "diets": "Diet",
    "diet_words": "Diet in own words",
    "allergies": "Allergies",
    "allergy_words": "More on allergies",
    "carried": "Carries",
    "medications": "Medication at camp",
    "conditions": "Conditions",
    "swim_class": "Swim class",
    "swim_class_on": "Day of the swim test",
    "form_ab_until": "Form parts A and B valid until",
    "form_c_until": "Form part C valid until",
    "form_in_binder": "Paper form in the binder",
}


class Flag(NamedTuple):
    """A chip on the roster: its kind and its words."""

    kind: str
    words: str


@lru_cache(maxsize=1000)
def flags_in_words(flags: str) -> tuple[Flag, ...]:
    """The flags of a person; a word that this release does not know is left out."""
    return tuple(Flag("wait" if flag in URGENT else "", FLAGS[flag]) for flag in flags.split() if flag in FLAGS)


def differences(stale: Stale) -> list[Difference]:
    """The answers that differ, in the order of the form."""
    return side_by_side(stale, WORDS, in_words)


def in_words(name: str, value: Any) -> str:
    """The value of a field as a page would say it; several lines where it has several rows."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not value:
        return "nothing"
    if isinstance(value, date):
        return f"{value:%b} {value.day}, {value.year}"
    if isinstance(value, tuple):
        return listed(value, DIETS | CARRIED)
    return SWIM.get(value, value) if name == "swim_class" else str(value)


def listed(rows: Iterable[Any], words: Mapping[str, str]) -> str:
    """Rows below each other, words of a list beside each other."""
    said = [line_of(row) if isinstance(row, Allergy | Medication) else words.get(row, row) for row in rows]
    return ("\n" if any(isinstance(row, Allergy | Medication) for row in rows) else "; ").join(said)


def line_of(row: Allergy | Medication) -> str:
    """A row in one line, with what was said of it."""
    if isinstance(row, Medication):
        return ", ".join(part for part in (row.what, row.dose, row.times) if part)
    parts = (SEVERITIES.get(row.severity, row.severity).lower(), row.reaction, row.action)
    return f"{row.what}: {'; '.join(part for part in parts if part)}"
