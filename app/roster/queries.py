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
from app.outings.plain import AnyOuting
from app.reading import Reading
from app.roster.found import Apart, Found, Texts, apart_in, found_in
from app.roster.statements import Show, addable, listing, named, overbooked, position
from app.signups.consent import terms_of

PAGE_SIZE = 50
MOST_ROWS = 10_000  # of one outing; the bound of an export

# Where rows come from. A list that is only looked at may come from the replica; a row that is edited may not.
Source = Callable[[Reading, dict[str, Any]], Sequence[Any]]


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

    texts: Texts | None  # of its rows, if there are any
    apart: dict[str, Apart]
    total: int
    number: int = 1
    seats: str | None = None  # the seat book as text, if it came along


def page_of(outing: AnyOuting, show: Show, search: str = "", number: int = 1) -> Page:
    """A page of the outing's people, ``search`` being a part of the name; one statement."""
    values = pattern(search) | {"skipped": (number - 1) * PAGE_SIZE}
    there, at_home = (listing(show, bool(search), PAGE_SIZE, seats=seats) for seats in (False, True))
    ((total, *texts, apart, seats),) = read(there, outing, values, partial(replica.rows, at_home=at_home))
    return Page(Texts(*texts) if total else None, apart_in(apart), total or 0, number, seats)


def everybody(outing: AnyOuting, show: Show = Show.ALL) -> list[Found]:
    """The whole list, for an export; one statement."""
    return whole(read(listing(show, False, MOST_ROWS, seats=False), outing, {"skipped": 0}, replica.rows))


def rows_of(outing: AnyOuting, ids: Collection[uuid.UUID], *, and_waiting: bool = False) -> dict[uuid.UUID, Found]:
    """These participants of the outing, and with ``and_waiting`` the head of the line; one statement."""
    values = {"ids": array_of(ids), "size": PAGE_SIZE + len(ids), "skipped": 0}
    return {uuid.UUID(row.id): row for row in whole(read(named(and_waiting), outing, values))}


def whole(answer: Sequence[Any]) -> list[Found]:
    """The rows of a ``statements.sheet`` with what stands apart."""
    ((total, *texts, apart, _),) = answer
    known = apart_in(apart)
    return [found.with_apart(known.get(found.id)) for found in found_in(Texts(*texts))] if total else []


def page_with(outing: AnyOuting, participant_id: uuid.UUID) -> int | None:
    """The page of the whole list on which somebody stands; None for those who no longer come."""
    at = db.session.scalar(position(), {"outing_id": outing.id, "participant_id": participant_id})
    return -(-at // PAGE_SIZE) if at else None


def not_on_roster(outing: AnyOuting, search: str = "") -> tuple[list[Addable], int]:
    """Members of the host unit who neither come nor wait, the first fifty, and how many there are; one statement."""
    rows = read(addable(bool(search)), outing, pattern(search) | {"size": PAGE_SIZE})
    return [Addable._make(row[1:]) for row in rows], rows[0][0] if rows else 0


def past_the_limit(outing: AnyOuting) -> list[tuple[str, str]]:
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


def read(statement: Reading, outing: AnyOuting, values: dict[str, Any], source: Source = Reading.rows) -> Sequence[Any]:
    """Run a statement for an outing."""
    known = {
        "outing_id": outing.id,
        "host_id": outing.unit_id,
        "terms": json.dumps(terms_of(outing)),
    }
    return source(statement, known | values)
