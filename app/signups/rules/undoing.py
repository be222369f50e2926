"""Taking a leader's edit of the roster back."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.audit.models import AuditEntry
from app.audit.rules import assign
from app.clock import now
from app.errors import Conflict, NotFound
from app.extensions import db
from app.identity.models import User
from app.signups.models import Participant, ParticipantState
from app.signups.rules.book import Book, load_participants
from app.signups.rules.coming_back import LEFT, check_nobody_twice, hold_person, may_come
from app.signups.rules.leader import DETAILS, Done, open_row, set_state
from app.units.models import Patrol

SLIP = timedelta(minutes=5)


def undo(actor: User, outing_id: uuid.UUID, participant_id: uuid.UUID, entry_id: uuid.UUID) -> Done:
    """Take one's own edit of a row back, as long as nobody has touched the row since.

    Raises:
        Conflict: somebody has, or the seat has gone to somebody else.
    """
    book, row = open_row(outing_id, participant_id)
    entry = db.session.get(AuditEntry, entry_id)
    if entry is None or entry.subject_id != row.id or entry.actor_id != actor.id or "version" not in entry.changes:
        raise NotFound("There is nothing to take back.")
    if entry.changes["version"][1] != row.version:
        raise Conflict("This row was changed again since, so it cannot be taken back. Edit it instead.")
    before = {name: values[0] for name, values in entry.changes.items()}
    details = {name: before[name] for name in DETAILS if name in before}
    if details.get("patrol_id"):
        details["patrol_id"] = uuid.UUID(details["patrol_id"])
        if db.session.get(Patrol, details["patrol_id"]) is None:
            raise Conflict("The patrol of before is gone, so this cannot be taken back. Edit the row instead.")
    changes = assign(row, details)
    moved_back: list[Participant] = []
    if "state" in before:
        changes["state"] = [row.state, before["state"] or ParticipantState.CANCELLED]
        if before["state"] == ParticipantState.CONFIRMED:
            moved_back = move_back(actor, book, entry)
        restore_state(book, row, before, is_slip=now() - entry.at <= SLIP)
        send_behind(book, [row, *moved_back], entry)
    row.version += 1
    taken_back = book.log(actor, "took an edit back", row, changes)
    moved = book.settle(actor, {row.id: row, **{other.id: other for other in moved_back}})
    db.session.flush()
    known = {row, *moved_back}
    return Done(
        row,
        [other for other in moved if other not in known],
        taken_back,
        [other for other in moved_back if other not in moved],
    )


def move_back(actor: User, book: Book, entry: AuditEntry) -> list[Participant]:
    """Send those who moved up because of an edit to their old place in line, unless they have been touched since.

    Without this an edit that freed a seat could never be taken back while anybody waits for one. It is for a slip of the
    finger only: after ``SLIP`` the seat is theirs.
    """
    if now() - entry.at > SLIP:
        return []
    _, who = entry.changes.get("moved_up", (None, []))
    rows = {str(other.id): other for other in load_participants([uuid.UUID(id) for id, _, _ in who])}
    moved_back = []
    for id, number, version in who:
        other = rows.get(id)
        if other is None or other.version != version or other.state != ParticipantState.CONFIRMED:
            continue
        book.leave(other)
        book.queue(other, other.signup.together, number)
        other.version += 1
        book.log(actor, "moved back to the waiting list", other, {"state": ("confirmed", "waiting")})
        moved_back.append(other)
    return moved_back


def send_behind(book: Book, back: list[Participant], entry: AuditEntry) -> None:
    """Whoever came into the line since an edit stays behind those who come back into it, although it was shorter then and their number
    may be a lower one.
    """
    last = max((row.queue_no for row in back if row.queue_no is not None), default=None)
    others = [waiting.id for waiting in book.line if waiting.id not in {row.id for row in back}]
    late = [row for row in load_participants(others) if row.created_at > entry.at]
    first = min((row.queue_no or 0 for row in late), default=None)
    if last is None or first is None or first > last:
        return
    for row in late:
        number = (row.queue_no or 0) + last + 1 - first
        book.leave(row)
        book.queue(row, row.signup.together, number)


def restore_state(book: Book, row: Participant, before: Mapping[str, Any], *, is_slip: bool) -> None:
    """Back to the state of before: into the old place in line, or onto a seat that is still free.

    Raises:
        Conflict: the seat has gone, or the person has left the unit, and it was not just a slip of the finger.
    """
    if row.state == ParticipantState.CANCELLED:
        check_nobody_twice(row)
        if not is_slip:
            hold_person(row.person_id)
            if not may_come(book.outing, row):
                raise Conflict(LEFT)
    if before["state"] == ParticipantState.CONFIRMED:
        if not book.fits(row) and not before.get("overbook_reason"):
            raise Conflict(
                "The seat has gone to somebody else meanwhile. Edit the row to put them in line or to overbook."
            )
        row.overbook_reason = before.get("overbook_reason")
        book.seat(row)
    elif before["state"] == ParticipantState.WAITING:
        book.leave(row)
        row.overbook_reason = None
        book.queue(row, row.signup.together, before.get("queue_no") or book.end_of_line())
    else:
        set_state(book, row, ParticipantState.CANCELLED, None)
