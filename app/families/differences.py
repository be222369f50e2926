"""Two versions of a person side by side, in words."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from app.errors import Stale
from app.families.forms import GENDERS, KINDS
from app.families.grades import GRADES

WORDS = {
    "first_name": "First name",
    "last_name": "Last name",
    "preferred_name": "Name that people use",
    "birth_date": "Birth date",
    "kind": "Youth or adult",
    "gender": "Gender",
    "phone": "Phone",
    "email": "Email address",
    "grade": "School grade",
}
SAID = GENDERS | KINDS


class Difference(NamedTuple):
    """One field: what stands there now, and what was typed."""

    label: str
    theirs: str
    yours: str


def differences(stale: Stale) -> list[Difference]:
    """The values of a person that differ, in the order of the form."""
    return side_by_side(stale, WORDS, said)


def side_by_side(stale: Stale, labels: Mapping[str, str], said: Callable[[str, Any], str]) -> list[Difference]:
    """Those of these fields that differ, each value as ``said`` puts it."""
    return [
        Difference(label, said(name, stale.theirs[name]), said(name, stale.yours[name]))
        for name, label in labels.items()
        if name in stale.theirs
    ]


def said(name: str, value: Any) -> str:
    """A value as the page would say it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "grade":
        return GRADES[value]
    if isinstance(value, date):
        return f"{value:%b} {value.day}, {value.year}"
    return SAID.get(value, value) if name in ("gender", "kind") else str(value)
