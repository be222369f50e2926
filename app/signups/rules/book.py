"""The seat book of one outing, open under its lock: read once, changed in memory, written once."""

import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.orm import joinedload

from app.audit.log import MOVED_UP
from app.audit.models import AuditEntry
from app.audit.rules import Details, entry_of, record
from app.clock import now
from app.driver import prepared
from app.errors import NotFound
from app.extensions import db
from app.families.models import PersonKind
from app.identity.models import User
from app.outings.models import Outing, OutingState
from app.outings.plain import COLUMNS, AnyOuting, PlainOuting
from app.reading import Reading
from app.signups.models import Participant, ParticipantState, Signup
from app.signups.queries import Standing, car_load, standing_statement
from app.signups.rules.seats import Limits, Load, Waiting, work_off
from app.telemetry import metrics

MOST_BOOKS = 100  # in each process
TAKEN_OFF = "cancelled"  # what the log says when it was no leader who edited the roster


@dataclass
class Book:
    """Who has a seat and who waits, as the lock holder sees it."""

    outing: AnyOuting
    used: Load
    line: list[Waiting]
    # Of those in line who are left out of it, since none of them can get a seat now: the number of the last.
    last_left_out: int = 0

    @property
    def limits(self) -> Limits:
        """The outing's limits as they are now."""
        return Limits.of(self.outing)

    def end_of_line(self) -> int:
        """The number for whoever comes next."""
        return max((person.queue_no for person in self.line), default=self.last_left_out) + 1

    def fits(self, participant: Participant) -> bool:
        """Whether one more person fits, whoever waits."""
        return self.limits.allow(self.used, load_of(participant))

    def has_seats_for(self, *kinds: str) -> bool:
        """Whether newcomers without a car would all get a seat at once, behind everybody who waits."""
        party, number = uuid.UUID(int=0), self.end_of_line()
        newcomers = [
            Waiting(uuid.UUID(int=at), party, number, True, Load.of(kind, None, None)) for at, kind in enumerate(kinds)
        ]
        seated = work_off(self.limits, self.used, [*self.line, *newcomers], self.outing.waiting_rule)
        return all(newcomer in seated for newcomer in newcomers)

    def leave(self, participant: Participant) -> None:
        """Take somebody out of the book: off a seat, or out of the line."""
        if participant.state == ParticipantState.CONFIRMED:
            self.used = self.used.minus(load_of(participant))
        self.line = [person for person in self.line if person.id != participant.id]

    def queue(self, participant: Participant, together: bool, number: int) -> None:
        """Put somebody into the line."""
        participant.state, participant.queue_no = ParticipantState.WAITING, number
        participant.cancelled_at = None
        self.line.append(Waiting(participant.id, participant.signup_id, number, together, load_of(participant)))

    def seat(self, participant: Participant) -> None:
        """Give somebody a seat."""
        self.used = self.used.plus(load_of(participant))
        self.line = [person for person in self.line if person.id != participant.id]
        participant.state, participant.queue_no = ParticipantState.CONFIRMED, None
        participant.confirmed_at, participant.cancelled_at = now(), None

    def cancel(self, actor: User | None, participant: Participant) -> None:
        """Somebody gives a seat, or a place in line, back."""
        before = participant.state
        self.leave(participant)
        participant.state, participant.queue_no = ParticipantState.CANCELLED, None
        participant.cancelled_at = now()
        participant.version += 1
        self.log(actor, TAKEN_OFF, participant, {"state": (before, participant.state)})

    def set_together(self, signup_id: uuid.UUID, together: bool) -> None:
        """The party changed its mind about staying together."""
        self.line = [
            replace(person, together=together) if person.signup_id == signup_id else person for person in self.line
        ]

    def promotes(self) -> bool:
        """The line is worked off until the outing starts, while it takes place."""
        return self.outing.state == OutingState.PUBLISHED and self.outing.starts_at > now()

    def settle(
        self, actor: User | None, known: Mapping[uuid.UUID, Participant], new: Collection[uuid.UUID] = ()
    ) -> list[Participant]:
        """Give the free seats to the line, write who moved up and return them.

        ``known`` are participants that the caller holds already; those in ``new`` have only just joined, so that a seat is
        no news about them.
        """
        if not self.promotes():
            return []
        seated = [person.id for person in work_off(self.limits, self.used, self.line, self.outing.waiting_rule)]
        rows = dict(known)
        if strangers := [id for id in seated if id not in known]:
            with db.session.no_autoflush:
                rows |= {row.id: row for row in load_participants(strangers)}
        for id in seated:
            self.seat(rows[id])
        moved = [rows[id] for id in seated if id not in new]
        for row in moved:
            row.version += 1
            self.log(actor, MOVED_UP, row, {"state": ("waiting", "confirmed")})
        return moved

    def log(
        self,
        actor: User | None,
        action: str,
        participant: Participant,
        changes: Mapping[str, Any],
        reason: str | None = None,
    ) -> AuditEntry:
        """Add one audit entry about one participant of this outing."""
        return record(actor, action, participant, **self.about(changes, reason))

    def entry(self, actor: User, action: str, participant: Participant, changes: Mapping[str, Any]) -> AuditEntry:
        """The same entry, for a caller that writes it together with other rows."""
        return entry_of(actor, action, participant, **self.about(changes))

    def about(self, changes: Mapping[str, Any], reason: str | None = None) -> Details:
        """What every entry about this outing says. A change of state is counted, too."""
        if "state" in changes:
            metrics.state_changes(db.session(), *changes["state"])
        return {"changes": changes, "unit_id": self.outing.unit_id, "outing_id": self.outing.id, "reason": reason}


def load_of(participant: Participant) -> Load:
    """What this participant takes when seated."""
    return Load.of(participant.kind, participant.passengers_there, participant.passengers_back)


def load_participants(ids: list[uuid.UUID]) -> list[Participant]:
    """With their people, for the names."""
    if not ids:
        return []
    return list(
        db.session.scalars(
            select(Participant).where(Participant.id.in_(ids)).options(joinedload(Participant.person, innerjoin=True))
        )
    )


def lock_outing(outing_id: uuid.UUID) -> Outing:
    """The outing's row, locked until the transaction ends, as it is now and not as it was read before.

    Raises:
        NotFound: there is none.
    """
    outing = db.session.scalar(LOCK, {"outing": outing_id}, execution_options={"populate_existing": True})
    if outing is None:
        raise NotFound
    return outing


def open_book(outing: AnyOuting) -> Book:
    """Count the seats from the rows of an outing that the caller has locked; one statement."""
    used, line = taken_and_waiting(SEATS.rows({"outing": outing.id}))
    return Book(outing, used, list(line))


def book_in(outing: AnyOuting, text: str) -> Book:
    """The book from what ``seats_as_text`` has read."""
    used, line = seats_in(text)
    return Book(outing, used, list(line))


@lru_cache(maxsize=MOST_BOOKS)
def seats_in(text: str) -> tuple[Load, tuple[Waiting, ...]]:
    """What is taken, and the line. Equal texts mean equal seats."""
    rows = [
        (id and uuid.UUID(id), signup_id and uuid.UUID(signup_id), *rest) for id, signup_id, *rest in json.loads(text)
    ]
    return taken_and_waiting(rows)


def taken_and_waiting(rows: Iterable[Sequence[Any]]) -> tuple[Load, tuple[Waiting, ...]]:
    """What the rows of ``seats_statement`` say."""
    used = Load()
    line: list[Waiting] = []
    for id, signup_id, queue_no, together, kind, people, there, back in rows:
        youth = people if kind == PersonKind.YOUTH else 0
        load = Load(youth, people - youth, people, int(there), int(back))
        if id is None:
            used = used.plus(load)
        else:
            line.append(Waiting(id, signup_id, queue_no, together, load))
    return used, tuple(line)


def lock_for_family(
    user_id: uuid.UUID, outing_id: uuid.UUID, people: Collection[uuid.UUID], key: uuid.UUID
) -> tuple[Book, Standing]:
    """Lock the outing, open its book and read how the family stands with it: one message to PostgreSQL, for whoever holds the
    lock makes everybody wait. ``people`` and ``key`` as ``standing_of`` has them.

    Raises:
        NotFound: there is no such outing.
    """
    found = LOCKED.rows({"outing": outing_id, "account": user_id, "people": list(people), "key": key})
    if not found:
        raise NotFound
    standing = Standing(*found[0][len(COLUMNS) :])
    return book_of(PlainOuting.of(found[0]), standing), standing


def book_of(outing: AnyOuting, standing: Standing, *, whole_line: bool = False) -> Book:
    """The book for a family. Where all seats are taken and nobody of it is on the outing, the line is left out: it can only grow."""
    used = Load(standing.youth, standing.adults, standing.youth + standing.adults, standing.there, standing.back)
    book = Book(outing, used, [], standing.last_number)
    if standing.waiting and (whole_line or standing.anybody_on_it or not book.limits.is_full(used)):
        rows = LINE.rows({"outing": outing.id})
        line = [Waiting(id, signup, no, together, Load.of(kind, *way)) for id, signup, no, together, kind, *way in rows]
        book = Book(outing, used, line)
    return book


def seats_statement(of_outing: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Those with a seat as one row a kind, those in line one by one; read in one go, for the line is short."""
    waits = Participant.state == ParticipantState.WAITING
    of_line = {name: case((waits, getattr(Participant, name))).label(name) for name in ("id", "signup_id", "queue_no")}
    there, back = car_load(Participant.passengers_there), car_load(Participant.passengers_back)
    found = (
        select(
            *of_line.values(),
            Participant.kind,
            func.count().label("people"),
            func.sum(there).label("there"),
            func.sum(back).label("back"),
        )
        .where(of_outing, Participant.state != ParticipantState.CANCELLED)
        .group_by(*of_line.values(), Participant.kind)
        .subquery()
    )
    row = found.c
    together = select(Signup.together).where(Signup.id == row.signup_id).scalar_subquery()
    return select(row.id, row.signup_id, row.queue_no, together.label("together"), *list(row)[3:])


def seats_as_text(of_outing: ColumnElement[bool]) -> ScalarSelect[str]:
    """The same as one value, for a statement that reads more of an outing along with it."""
    seats = seats_statement(of_outing).subquery()
    return select(cast(func.json_agg(func.json_build_array(*seats.c)), Text)).scalar_subquery()


def line_statement(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Those in line one by one, with further ``columns``."""
    return (
        select(Participant.id, Participant.signup_id, Participant.queue_no, Signup.together, Participant.kind, *columns)
        .join(Signup, Signup.id == Participant.signup_id)
        .where(OF_OUTING, Participant.state == ParticipantState.WAITING)
    )


# Built once: putting a statement together costs as much as running it, and everybody waits for whoever holds the lock.
OUTING = Outing.id == bindparam("outing")
# By way of the outing: knowing which one it is, PostgreSQL would plan anew for each, which takes longer than counting.
OF_OUTING = Participant.outing_id == select(Outing.id).where(OUTING).scalar_subquery()
LOCK = prepared(select(Outing).where(OUTING).with_for_update())
SEATS = Reading(seats_statement(OF_OUTING))
LINE = Reading(line_statement(Participant.passengers_there, Participant.passengers_back))
LOCKED = Reading(standing_statement(*COLUMNS), after=select(Outing.id).where(OUTING).with_for_update())
