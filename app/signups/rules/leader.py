"""What leaders do to sign-ups: edit a row, add, confirm, cancel, reorder the line."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.audit.rules import assign
from app.clock import now
from app.errors import Conflict, NotFound, RuleBroken, Stale
from app.extensions import db, new_id
from app.families.merged import MEANWHILE, merged_into
from app.families.models import Person
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing, OutingState, WaitingRule
from app.outings.plain import AnyOuting
from app.signups.models import Participant, ParticipantState, Signup
from app.signups.rules.ages import follow_ages
from app.signups.rules.book import Book, load_of, lock_outing, open_book
from app.signups.rules.coming_back import hold_person, put_on_again
from app.signups.rules.seats import Load, Waiting, groups_of, sum_of
from app.units.models import Patrol

# What a row's form may change besides the state.
DETAILS = ("patrol_id", "guest_troop", "guest_patrol", "note")


@dataclass(frozen=True)
class Done:
    """What a leader's action did: the row, whoever moved up because of it, and the entry that can take it back."""

    participant: Participant
    moved_up: list[Participant]
    entry: AuditEntry | None
    moved_back: list[Participant] = field(default_factory=list)


def edit_row(
    actor: User,
    outing_id: uuid.UUID,
    participant_id: uuid.UUID,
    version: int,
    details: Mapping[str, Any],
    state: str,
    overbook_reason: str | None = None,
) -> Done:
    """Save a leader's edit of one row; ``details`` holds any of ``DETAILS``.

    Raises:
        Stale: somebody saved the row since ``version``, with other values.
        RuleBroken: no seat is free and no reason to overbook was given, the patrol is another unit's, or somebody who was taken off has left.
        Conflict: the person is on the roster by another row.
    """
    book, row = open_row(outing_id, participant_id)
    wanted = {name: details[name] for name in DETAILS if name in details} | {"state": state}
    differs = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if row.version != version and differs:
        message = "Somebody saved this row while you were editing it. Both versions are shown; nothing was overwritten."
        raise Stale(message, {name: getattr(row, name) for name in differs}, differs)
    if not differs:
        return Done(row, [], None)
    check_patrol(book.outing, wanted.get("patrol_id"), row)
    before = (row.queue_no, row.overbook_reason)
    changes = assign(row, {name: value for name, value in differs.items() if name != "state"})
    reason = None
    if "state" in differs:
        changes["state"] = [row.state, state]
        if row.state == ParticipantState.CANCELLED:
            put_on_again(actor, book.outing, row)
        reason = set_state(book, row, state, overbook_reason)
        changes["queue_no"] = [before[0], row.queue_no]
        changes["overbook_reason"] = [before[1], row.overbook_reason]
    changes["version"] = [row.version, row.version + 1]
    row.version += 1
    entry = book.log(actor, "edited the roster", row, changes, reason)
    line = list(book.line)
    moved = book.settle(actor, {row.id: row})
    if row in moved and state == ParticipantState.WAITING:
        raise RuleBroken("Nobody else waits for this seat, so there is nobody to wait behind. Cancel instead.", "state")
    remember_moved(entry, line, [other for other in moved if other is not row])
    db.session.flush()
    return Done(row, [other for other in moved if other is not row], entry)


def remember_moved(entry: AuditEntry, line: list[Waiting], moved: list[Participant]) -> None:
    """Write into an entry who moved up because of it and from which place, before it is sent: entries never change."""
    numbers = {waiting.id: waiting.queue_no for waiting in line}
    if moved:
        who = [[str(row.id), numbers[row.id], row.version] for row in moved]
        entry.changes = {**entry.changes, "moved_up": [None, who]}


def add_person(actor: User, outing: Outing, person_id: uuid.UUID, overbook_reason: str | None = None) -> Done:
    """Put a member of the host unit on the roster: with a seat if one is free, else at the end of the line.

    Somebody who is on it already stays as they are, so that the form can arrive twice.

    Raises:
        NotFound: no live member of the host unit. Conflict: their row was merged into another one at this moment.
        RuleBroken: the outing is cancelled.
    """
    outing = lock_outing(outing.id)
    if outing.state == OutingState.CANCELLED:
        raise RuleBroken("This outing is cancelled; publish it again before you add people.")
    hold_person(person_id)
    found = db.session.execute(
        select(Person, Membership)
        .join(Membership, Membership.person_id == Person.id)
        .where(Person.id == person_id, Membership.unit_id == outing.unit_id, Membership.until.is_(None))
    ).first()
    if found is None and merged_into(person_id):
        raise Conflict(MEANWHILE)
    if found is None:
        raise NotFound("This person is not a member of the unit that hosts the outing.")
    person, membership = found
    there_already = db.session.scalar(
        select(Participant).where(
            Participant.outing_id == outing.id,
            Participant.person_id == person_id,
            Participant.state != ParticipantState.CANCELLED,
        )
    )
    if there_already:
        return Done(there_already, [], None)
    signup = Signup(id=new_id(), outing_id=outing.id, user_id=actor.id, by_leader=True, together=False)
    row = Participant(
        id=new_id(),
        signup_id=signup.id,
        outing_id=outing.id,
        person_id=person.id,
        kind=person.kind_on(outing.starts_at.astimezone(outing.zone).date()),
        unit_id=outing.unit_id,
        patrol_id=membership.patrol_id,
        version=1,
    )
    db.session.add(signup)
    book = open_book(outing)
    place_newcomer(book, row, overbook_reason)
    db.session.add(row)
    moved = book.settle(actor, {row.id: row}, {row.id})
    changes = {"state": (None, row.state), "version": (None, 1)}
    entry = book.log(actor, "added to the roster", row, changes, row.overbook_reason)
    db.session.flush()
    return Done(row, moved, entry)


def place_newcomer(book: Book, row: Participant, overbook_reason: str | None) -> None:
    """The end of the line, or a seat at once: past the limit for a reason, or any free one after the start."""
    book.queue(row, False, book.end_of_line())
    late = not book.promotes()
    if overbook_reason and not book.fits(row):
        row.overbook_reason = overbook_reason
        book.seat(row)
    elif late and book.fits(row):
        book.seat(row)


def set_state(book: Book, row: Participant, state: str, overbook_reason: str | None) -> str | None:
    """Move a row to another state, and return the reason if it took one.

    Raises:
        RuleBroken: no such state, or no seat and no reason.
    """
    if state not in set(ParticipantState):
        raise RuleBroken("Choose a state of the list.", "state")
    together = row.signup.together
    if state == ParticipantState.CANCELLED:
        book.leave(row)
        row.state, row.queue_no, row.cancelled_at = ParticipantState.CANCELLED, None, now()
        row.overbook_reason = None
    elif state == ParticipantState.WAITING:
        book.leave(row)
        row.overbook_reason = None
        book.queue(row, together, book.end_of_line())
    else:
        return take_seat(book, row, overbook_reason)
    return None


def take_seat(book: Book, row: Participant, overbook_reason: str | None) -> str | None:
    """A leader gives somebody a seat. Returns the reason if it took one; the row keeps it while it is over the limit.

    Raises:
        RuleBroken: it needs a reason, because no seat is free or the free ones are held for those before.
    """
    held = book.outing.waiting_rule == WaitingRule.IN_ORDER and any(other.id != row.id for other in book.line)
    fits = book.fits(row)
    reason = overbook_reason if held or not fits else None
    if (held or not fits) and not reason:
        kind = "The free seats are held for those who waited longer" if fits else "No seat is free"
        raise RuleBroken(f"{kind}. Give a reason to confirm all the same; it is logged and shown.", "overbook_reason")
    if not fits:
        row.overbook_reason = reason
    book.seat(row)
    return reason


def check_patrol(outing: AnyOuting, patrol_id: uuid.UUID | None, row: Participant) -> None:
    """Raises RuleBroken when the patrol is neither the host's nor of the unit that the person came with."""
    if patrol_id is None or patrol_id == row.patrol_id:
        return
    patrol = db.session.get(Patrol, patrol_id)
    if patrol is None or patrol.unit_id not in (outing.unit_id, row.unit_id):
        raise RuleBroken("Choose a patrol of the list.", "patrol_id")


def move_in_line(
    actor: User, outing_id: uuid.UUID, participant_id: uuid.UUID, place: int, reason: str
) -> list[Participant]:
    """Move the party of a waiting person to ``place`` (1 is next), for a reason that is logged.

    Returns whoever got a seat because of it.

    Raises:
        RuleBroken: no reason, or the person does not wait.
    """
    book, row = open_row(outing_id, participant_id)
    if not reason.strip():
        raise RuleBroken("Say why; the reason is logged.", "reason")
    groups = groups_of(book.line)
    at = next((at for at, group in enumerate(groups) if row.id in {person.id for person in group}), None)
    if at is None:
        raise RuleBroken("This person does not wait.", "place")
    to = min(max(place, 1), len(groups)) - 1
    # The same numbers in another order: an undo puts somebody back by the number of before.
    numbers = list(accumulate((group[0].queue_no for group in groups), lambda last, own: max(last + 1, own)))
    groups.insert(to, groups.pop(at))
    rows = {
        waiting.id: waiting
        for waiting in db.session.scalars(
            select(Participant).where(Participant.outing_id == outing_id, Participant.state == ParticipantState.WAITING)
        )
    }
    book.line = []
    for number, group in zip(numbers, groups, strict=True):
        for person in group:
            book.queue(rows[person.id], person.together, number)
    book.log(actor, "moved in line", row, {"place": (at + 1, to + 1)}, reason.strip())
    moved = book.settle(actor, rows)
    db.session.flush()
    return moved


def open_row(outing_id: uuid.UUID, participant_id: uuid.UUID) -> tuple[Book, Participant]:
    """Lock the outing, then read one of its rows as it is now, and the book.

    Raises:
        NotFound: no such row on this outing.
    """
    outing = lock_outing(outing_id)
    row = db.session.scalar(
        select(Participant)
        .where(Participant.id == participant_id, Participant.outing_id == outing_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return open_book(outing), row


def seats_changed(outing: Outing, actor: User) -> list[str]:
    """Work the line off after the outing's seats, dates or state changed; the caller holds the lock.

    Returns the names of those who moved up.

    Raises:
        RuleBroken: fewer seats than confirmed people, and no reason on the outing or with those who are too many.
    """
    follow_ages(outing, actor)
    book = open_book(outing)
    over = book.limits.exceeded_by(book.used.minus(meant_beyond(outing)))
    too_many = max(over.youth, over.adults, over.total)
    if too_many and not outing.overbook_reason:
        raise RuleBroken(
            f"{too_many} more {'person is' if too_many == 1 else 'people are'} confirmed than there would be seats. "
            "Raise the seats, or say why fewer are right; the reason is logged and shown.",
            "overbook_reason",
        )
    return [row.person.full_name for row in book.settle(actor, {})]


def meant_beyond(outing: Outing) -> Load:
    """The seats of those whom a leader confirmed over the limit, and said why."""
    meant = (Participant.state == ParticipantState.CONFIRMED, Participant.overbook_reason.is_not(None))
    rows = db.session.scalars(select(Participant).where(Participant.outing_id == outing.id, *meant))
    return sum_of(load_of(row) for row in rows)
