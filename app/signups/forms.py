"""What the family's page sends, read into a wish."""

import uuid
from typing import Any

from werkzeug.datastructures import MultiDict

from app.errors import RuleBroken
from app.signups.rules.family import Ride, Wish

YES = {"1", "true", "on", "yes"}
MOST_PEOPLE = 100
MOST_PASSENGERS = 60


def read_wish(form: "MultiDict[str, Any]") -> Wish:
    """The wish in ``people``, ``together``, ``submission``, ``consent`` and ``seen``; ``read_drivers`` has the rest.

    Raises:
        RuleBroken: a field that the page writes itself has been tampered with.
    """
    seen = form.get("seen")
    return Wish(
        people=read_ids(form.getlist("people")),
        together=form.get("together", "").lower() in YES,
        submission=read_key(form.get("submission", "")),
        consent=form.get("consent", "").lower() in YES,
        seen=None if seen is None else read_ids(seen.split()),
    )


def read_ids(texts: list[str]) -> frozenset[uuid.UUID]:
    """Person ids."""
    try:
        return frozenset(uuid.UUID(text) for text in texts[:MOST_PEOPLE])
    except ValueError:
        raise RuleBroken("One of the people on the form could not be read. Reload the page.", "people") from None


def read_key(text: str) -> uuid.UUID:
    """The submission key."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise RuleBroken("This form has lost its key. Reload the page and send it again.") from None


def read_drivers(form: "MultiDict[str, Any]") -> dict[uuid.UUID, Ride]:
    """``there-<person id>`` and ``back-<person id>``: passengers that an adult takes; empty does not drive.

    Raises:
        RuleBroken: a number cannot be read; ``field`` names it.
    """
    drivers: dict[uuid.UUID, Ride] = {}
    for name in form:
        way, _, person = str(name).partition("-")
        if way == "there":
            (person_id,) = read_ids([person])
            drivers[person_id] = (read_passengers(form, f"there-{person}"), read_passengers(form, f"back-{person}"))
    return drivers


def read_untouched(form: "MultiDict[str, Any]") -> frozenset[uuid.UUID]:
    """Drivers in whose fields still stands what the page showed, which ``had-<person id>`` says."""
    typed = {name[4:]: ride_as_shown(form, name[4:]) for name in form if name.startswith("had-")}
    return read_ids([person for person, ride in typed.items() if ride == form[f"had-{person}"]])


def ride_as_shown(form: "MultiDict[str, Any]", person: str) -> str:
    """Both ways, as the page writes them."""
    return "/".join(form.get(f"{way}-{person}", "").strip() for way in ("there", "back"))


def read_passengers(form: "MultiDict[str, Any]", name: str) -> int | None:
    """A whole number of places, or None for an empty field.

    Raises:
        RuleBroken: neither.
    """
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:9]) > MOST_PASSENGERS:
        raise RuleBroken(f"Enter a whole number of passengers up to {MOST_PASSENGERS}, or nothing for no drive.", name)
    return int(text)
