"""What a family may say about diet and health: plain data, the JSON that is sealed, and the few words that all staff see.

Source: domain.md, "Health: hold little". There is no field for a diagnosis by code, a doctor, an insurance or a file.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MOST_ROWS = 20  # allergies, and medications, of one person


class Diet(StrEnum):
    """What a cook plans for."""

    VEGETARIAN = "vegetarian"
    VEGAN = "vegan"
    PESCETARIAN = "pescetarian"
    HALAL = "halal"
    KOSHER = "kosher"
    NO_PORK = "no_pork"
    GLUTEN_FREE = "gluten_free"
    LACTOSE_FREE = "lactose_free"
    NUT_FREE = "nut_free"
    EGG_FREE = "egg_free"


class Severity(StrEnum):
    """How bad an allergy gets, from the least to the worst."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    LIFE_THREATENING = "life_threatening"


class Carried(StrEnum):
    """Medication that somebody has on them, which whoever is near has to know of."""

    AUTO_INJECTOR = "auto_injector"
    INHALER = "inhaler"
    INSULIN = "insulin"


@dataclass(frozen=True)
class Allergy:
    """To what, how bad it gets, how it shows and what to do."""

    what: str
    severity: str
    reaction: str | None = None
    action: str | None = None

    @property
    def rank(self) -> int:
        """The worse, the more."""
        return list(Severity).index(Severity(self.severity))

    @property
    def is_urgent(self) -> bool:
        """Whether minutes count."""
        return self.severity in (Severity.SEVERE, Severity.LIFE_THREATENING)


@dataclass(frozen=True)
class Medication:
    """What is given at camp, how much and when."""

    what: str
    dose: str | None = None
    times: str | None = None


ALLERGY, MEDICATION = tuple(Allergy.__dataclass_fields__), tuple(Medication.__dataclass_fields__)


@dataclass(frozen=True)
class Answers:
    """Everything that a guardian said about one person."""

    diets: tuple[str, ...] = ()
    diet_words: str | None = None
    allergies: tuple[Allergy, ...] = ()
    allergy_words: str | None = None
    carried: tuple[str, ...] = ()
    medications: tuple[Medication, ...] = ()
    conditions: str | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to know."""
        return self != NOTHING

    def to_json(self) -> str:
        """As it is sealed."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Answers":
        """As it was sealed; what a later release may have added is left out."""
        found: dict[str, Any] = json.loads(text)
        return cls(
            diets=tuple(found.get("diets", ())),
            diet_words=found.get("diet_words"),
            allergies=tuple(Allergy(*(row.get(name) for name in ALLERGY)) for row in found.get("allergies", ())),
            allergy_words=found.get("allergy_words"),
            carried=tuple(found.get("carried", ())),
            medications=tuple(
                Medication(*(row.get(name) for name in MEDICATION)) for row in found.get("medications", ())
            ),
            conditions=found.get("conditions"),
        )

    def and_also(self, other: "Answers") -> "Answers":
        """What both say: nothing of either is lost, and nothing stands there twice."""
        words = ("diet_words", "allergy_words", "conditions")
        said: dict[str, Any] = {name: joined(getattr(self, name), getattr(other, name)) for name in words}
        for name in ("diets", "allergies", "carried", "medications"):
            said[name] = tuple(dict.fromkeys(getattr(self, name) + getattr(other, name)))
        return Answers(**said)

    @property
    def flags(self) -> str:
        """What everybody on an outing's staff sees: words of our lists, never of the family's own."""
        return " ".join(known(Carried, self.carried) + known(Diet, self.diets))


NOTHING = Answers()


def known(kind: type[StrEnum], words: Iterable[str]) -> tuple[str, ...]:
    """Those of ``words`` that the list has, each once, in its order."""
    wanted = set(words)
    return tuple(word.value for word in kind if word.value in wanted)


def with_words(answers: Answers, diet: str | None, allergies: str | None) -> Answers:
    """The answers with the two texts of releases that had no more; what both have said stays."""
    return answers.and_also(Answers(diet_words=diet, allergy_words=allergies))


def joined(first: str | None, second: str | None) -> str | None:
    """Both texts, one below the other; one that the other holds already is not repeated."""
    if not second or (first and second in first):
        return first
    return f"{first}\n{second}" if first else second


def fingerprint(*values: Any) -> str:
    """Equal for equal values: what an edit of them is based on."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]
