"""What the workbench reads, as plain rows: a page of fifty must not cost fifty objects with a history."""

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from app import replica
from app.extensions import db
from app.families.health.notes import flags_in
from app.outings.models import Outing
from app.reading import Reading
from app.roster.statements import Show, addable, listing, named, overbooked, position
from app.signups.consent import terms_of

PAGE_SIZE = 50
MOST_ROWS = 10_000  # of one outing; the bound of an export

# Where rows come from. A list that is only looked at may come from the replica; a row that is edited may not.
Source = Callable[[Reading, dict[str, Any]], Sequence[Any]]


class Contact(NamedTuple):
    """Somebody to call about a participant."""

    name: str
    phone: str | None


class Row(NamedTuple):
    """One participant as PostgreSQL hands it over: the ``text`` of all that may be kept, and apart from it what may not."""

    text: str
    state: str
    note: str | None
    overbook_reason: str | None
    swim_class: str | None
    sealed: bytes | None  # the flags of a health note


class Found(NamedTuple):
    """The same, read; ids stay text. ``unit`` is a guest's."""

    id: str
    person_id: str
    version: int
    kind: str
    state: str
    first_name: str
    last_name: str
    birth_date: date | None
    rank: str | None
    phone: str | None
    patrol_id: str | None
    patrol: str | None
    unit_id: str | None
    unit: str | None
    guest_troop: str | None
    guest_patrol: str | None
    form_ab_until: date | None
    form_c_until: date | None
    photo_consent: str | None
    guardians: tuple[Contact, ...]
    proposals: tuple[Contact, ...]
    agreed: dict[str, Any] | bool | None  # the terms, if they are others than those of now; else True
    note: str | None = None
    overbook_reason: str | None = None
    has_health_note: bool = False
    flags: str = ""  # of our own words, with blanks between

    @classmethod
    def kept(cls, text: str) -> "Found":
        """Only what the text holds."""
        values = dict(zip(cls._fields, json.loads(text), strict=False))
        for name in ("birth_date", "form_ab_until", "form_c_until"):
            values[name] = values[name] and date.fromisoformat(values[name])
        for name in ("guardians", "proposals"):
            values[name] = tuple(Contact(called or "", phone) for called, phone in values[name] or ())
        return cls(**values)

    @classmethod
    def of(cls, row: Row) -> "Found":
        """All of it."""
        found = cls.kept(row.text)
        return found._replace(
            note=row.note,
            overbook_reason=row.overbook_reason,
            has_health_note=row.sealed is not None,
            flags=flags_in(row.sealed, found.person_id, row.swim_class),
        )

    @property
    def name(self) -> str:
        """The name that people call, then the family name."""
        return f"{self.first_name} {self.last_name}"

    def contacts(self) -> tuple[Contact, ...]:
        """Guardians with an account; when none of them has a phone, also those whom the unit's roster file names."""
        known = self.guardians
        if not self.proposals or any(contact.phone for contact in known):
            return known
        there = {contact.name.lower() for contact in known}
        return known + tuple(
            contact for contact in self.proposals if contact.phone or contact.name.lower() not in there
        )


class Addable(NamedTuple):
    """A member of the host unit who is not on the roster."""

    id: uuid.UUID
    name: str
    kind: str
    birth_date: date | None
    rank: str | None
    patrol: str | None


@dataclass(frozen=True)
class Page:
    """One page of the list; ``total`` counts what all its pages hold."""

    rows: list[Row]
    total: int
    number: int = 1
    seats: str | None = None  # the seat book as text, if it came along

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE_SIZE))


def page_of(outing: Outing, show: Show, search: str = "", number: int = 1) -> Page:
    """A page of the outing's people, ``search`` being a part of the name; one statement."""
    values = pattern(search) | {"skipped": (number - 1) * PAGE_SIZE}
    there, at_home = (listing(show, bool(search), PAGE_SIZE, seats=seats) for seats in (False, True))
    rows = read(there, outing, values, partial(replica.rows, at_home=at_home))
    return Page([Row(*row[1:-1]) for row in rows], rows[0][0], number, rows[0][-1]) if rows else Page([], 0, number)


def everybody(outing: Outing, show: Show = Show.ALL) -> list[Found]:
    """The whole list, for an export; one statement."""
    rows = read(listing(show, False, MOST_ROWS, seats=False), outing, {"skipped": 0}, replica.rows)
    return [Found.of(Row(*row[1:-1])) for row in rows]


def rows_of(outing: Outing, ids: Collection[uuid.UUID], *, and_waiting: bool = False) -> dict[uuid.UUID, Found]:
    """These participants of the outing, and with ``and_waiting`` the head of the line; one statement."""
    values = {"ids": array_of(ids), "size": PAGE_SIZE + len(ids), "skipped": 0}
    found = [Found.of(Row(*row[1:])) for row in read(named(and_waiting), outing, values)]
    return {uuid.UUID(row.id): row for row in found}


def page_with(outing: Outing, participant_id: uuid.UUID) -> int | None:
    """The page of the whole list on which somebody stands; None for those who no longer come."""
    at = db.session.scalar(position(), {"outing_id": outing.id, "participant_id": participant_id})
    return -(-at // PAGE_SIZE) if at else None


def not_on_roster(outing: Outing, search: str = "") -> tuple[list[Addable], int]:
    """Members of the host unit who neither come nor wait, the first fifty, and how many there are; one statement."""
    rows = read(addable(bool(search)), outing, pattern(search) | {"size": PAGE_SIZE})
    return [Addable._make(row[1:]) for row in rows], rows[0][0] if rows else 0


def past_the_limit(outing: Outing) -> list[tuple[str, str]]:
    """Name and reason of everybody whom a leader gave a seat although none was free; one statement."""
    return [(name, reason) for name, reason in read(overbooked(), outing, {})]


def pattern(search: str) -> dict[str, Any]:
    """The parameter for ILIKE; what is special there is meant as it stands."""
    if not search:
        return {}
    plain = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"pattern": f"%{plain}%"}


def array_of(ids: Iterable[uuid.UUID]) -> str:
    """Ids as PostgreSQL reads an array."""
    return f"{{{','.join(map(str, ids))}}}"


def read(statement: Reading, outing: Outing, values: dict[str, Any], source: Source = Reading.rows) -> Sequence[Any]:
    """Run a statement for an outing."""
    known = {
        "outing_id": outing.id,
        "outing": outing.id,
        "host_id": outing.unit_id,
        "terms": json.dumps(terms_of(outing)),
    }
    return source(statement, known | values)
