"""What the workbench reads, as plain rows: a page of fifty must not cost fifty objects with a history."""

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from app import replica
from app.extensions import db
from app.families.health.notes import flags_in
from app.outings.models import Outing
from app.reading import Reading
from app.roster.statements import DETAILS, Detail, Show, addable, listing, named, overbooked, position

PAGE_SIZE = 50
MOST_ROWS = 10_000  # of one outing; the bound of an export

# Where rows come from. A list that is only looked at may come from the replica; a row that is edited may not.
Source = Callable[[Reading, dict[str, Any]], Sequence[Any]]


class Contact(NamedTuple):
    """Somebody to call about a participant."""

    name: str
    phone: str | None


class Found(NamedTuple):
    """One participant as the tables hold it, ids as text; ``unit`` is a guest's."""

    id: str
    person_id: str
    signup_id: str
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
    note: str | None
    overbook_reason: str | None
    form_ab_until: date | None
    form_c_until: date | None
    photo_consent: str | None
    has_health_note: bool
    flags: str  # of our own words, with blanks between
    guardians: tuple[Contact, ...]
    proposals: tuple[Contact, ...]
    agreed: str | None  # the terms, as JSON

    @property
    def name(self) -> str:
        """The name that people call, then the family name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def terms(self) -> dict[str, Any] | None:
        """What was agreed to."""
        return None if self.agreed is None else json.loads(self.agreed)

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

    rows: list[Found]
    total: int
    number: int = 1

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE_SIZE))


def page_of(outing: Outing, show: Show, search: str = "", number: int = 1) -> Page:
    """A page of an outing's people, ``search`` being a part of the name; two statements."""
    values = pattern(search) | {"size": PAGE_SIZE, "skipped": (number - 1) * PAGE_SIZE}
    rows = read(listing(show, bool(search)), outing, values, replica.rows)
    return Page(with_details(outing, rows, replica.rows), rows[0][0] if rows else 0, number)


def everybody(outing: Outing, show: Show = Show.ALL) -> list[Found]:
    """The whole list, for an export; two statements."""
    rows = read(listing(show, False), outing, {"size": MOST_ROWS, "skipped": 0}, replica.rows)
    return with_details(outing, rows, replica.rows)


def rows_of(outing: Outing, ids: Collection[uuid.UUID], *, and_waiting: bool = False) -> dict[uuid.UUID, Found]:
    """These participants of the outing, and with ``and_waiting`` the head of the line; two statements."""
    values = {"ids": array_of(ids), "size": PAGE_SIZE + len(ids), "skipped": 0}
    return {uuid.UUID(row.id): row for row in with_details(outing, read(named(and_waiting), outing, values))}


def with_details(outing: Outing, rows: list[Any], source: Source = Reading.rows) -> list[Found]:
    """The rows of a listing with everything else that is known about them; one statement."""
    values = {"people": array_of(row[3] for row in rows), "parties": array_of({row[4] for row in rows})}
    guardians: dict[str, tuple[Contact, ...]] = {}
    proposals: dict[str, tuple[Contact, ...]] = {}
    agreed: dict[str, tuple[datetime, str]] = {}  # the latest, by party or by person
    for what, about, first, second, at in read(DETAILS, outing, values, source):
        if what == Detail.CONSENT:
            agreed[about] = at, first
        else:
            contacts = guardians if what == Detail.GUARDIAN else proposals
            contacts[about] = (*contacts.get(about, ()), Contact(first or "", second))
    found = []
    for row in rows:
        since, person_id, party_id = row[1], row[3], row[4]
        given, elsewhere = agreed.get(party_id), agreed.get(person_id)
        # A guardian may agree on the page of another party, after the person had been put on the roster: whoever a
        # leader added has a party without a guardian.
        if elsewhere and elsewhere[0] >= since and (given is None or elsewhere[0] > given[0]):
            given = elsewhere
        known = guardians.get(person_id, ()), proposals.get(person_id, ()), given[1] if given else None
        swim_class, sealed = row[-2:]
        health = sealed is not None, flags_in(sealed, person_id, swim_class)
        found.append(Found._make((*row[2:-2], *health, *known)))
    return found


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


def array_of(ids: Iterable[uuid.UUID | str]) -> str:
    """Ids as PostgreSQL reads an array."""
    return f"{{{','.join(map(str, ids))}}}"


def read(statement: Reading, outing: Outing, values: dict[str, Any], source: Source = Reading.rows) -> list[Any]:
    """Run a statement for an outing."""
    return list(source(statement, {"outing_id": outing.id, "host_id": outing.unit_id, **values}))
