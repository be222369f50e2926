"""What a cook has to know: how many eat what, and what nobody may be given, without anybody's name."""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.extensions import db
from app.families.health.answers import Answers, Severity
from app.families.health.notes import count_for_cook
from app.families.health.words import DIETS, SEVERITIES
from app.outings.models import Outing
from app.signups.models import Participant, ParticipantState

# On no plate, and so none of the cook's business.
NO_FOOD = frozenset({"bee and wasp sting", "pollen", "animal hair", "penicillin", "latex"})
WORST_FIRST = tuple(reversed(Severity))


@dataclass(frozen=True)
class Allergen:
    """How many must not have it, the worst cases first: ``[("life-threatening", 1), ("mild", 2)]``."""

    what: str
    people: int
    severities: tuple[tuple[str, int], ...]
    is_urgent: bool


@dataclass(frozen=True)
class Meals:
    """The counts. ``in_own_words`` wrote something that no count can hold; the outing's leads may read it. ``is_of_one``: there are notes on
    one person only, whom the roster names, so that what they are allergic to is not told here.
    """

    people: int
    diets: tuple[tuple[str, int], ...]
    allergens: tuple[Allergen, ...]
    in_own_words: int
    unreadable: int
    is_of_one: bool


def meals_of(outing: Outing) -> Meals:
    """For everybody who has a place. Two statements."""
    person_ids = with_a_place(outing)
    answers, unreadable = count_for_cook(person_ids)
    is_of_one = sum(1 for one in answers if one) + unreadable == 1
    eats = Counter(diet for one in answers for diet in one.diets)
    return Meals(
        people=len(person_ids),
        diets=tuple((words, eats[diet]) for diet, words in DIETS.items() if eats[diet]),
        allergens=() if is_of_one else tuple(allergens_in(answers)),
        in_own_words=sum(1 for one in answers if one.diet_words or one.allergy_words),
        unreadable=unreadable,
        is_of_one=is_of_one,
    )


def with_a_place(outing: Outing) -> Sequence[uuid.UUID]:
    """Who comes, by id."""
    return db.session.scalars(
        select(Participant.person_id).where(
            Participant.outing_id == outing.id, Participant.state == ParticipantState.CONFIRMED
        )
    ).all()


def allergens_in(answers: Iterable[Answers]) -> list[Allergen]:
    """By what it is, however it was written, the most dangerous first. Each person counts once, with the worst case."""
    found: dict[str, Counter[str]] = {}
    spelt: dict[str, str] = {}
    for one in answers:
        for key, row in {key_of(row.what): row for row in sorted(one.allergies, key=lambda row: row.rank)}.items():
            spelt.setdefault(key, row.what)
            found.setdefault(key, Counter())[row.severity] += 1
    made = [allergen(spelt[key], counts) for key, counts in found.items() if key not in NO_FOOD]
    return sorted(made, key=lambda one: (not one.is_urgent, -one.people, one.what.lower()))


def key_of(what: str) -> str:
    """``Peanut`` and ``peanuts`` are one thing on a plate."""
    return what.casefold().strip(" .").removesuffix("s")


def allergen(what: str, counts: Counter[str]) -> Allergen:
    """One line."""
    severities = tuple((SEVERITIES[kind].lower(), counts[kind]) for kind in WORST_FIRST if counts[kind])
    urgent = bool(counts[Severity.SEVERE] or counts[Severity.LIFE_THREATENING])
    return Allergen(what, counts.total(), severities, urgent)
