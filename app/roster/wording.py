"""What a leader's action did, in a sentence for the toast: pure functions."""

import uuid
from collections.abc import Iterable, Mapping

from app.roster.found import Found
from app.signups.models import Participant, ParticipantState
from app.signups.rules.leader import Done
from app.web.formats import names, ordinal

MOST_NAMES = 4  # in one toast; of more the number is said


def called(people: Iterable[Participant]) -> list[str]:
    """First names, as people are called."""
    return [row.person.preferred_name or row.person.first_name for row in people]


def moved_up(people: list[Participant]) -> str:
    """Who got a seat by it."""
    if not people:
        return ""
    who = names(called(people)) if len(people) <= MOST_NAMES else f"{len(people)} people"
    return f"{who} moved up from the waiting list"


def saved(before: Found, done: Done, patrols: Mapping[str, str]) -> str:
    """After an edit of a row: what it changed and who moved up."""
    if done.entry is None:
        return "Nothing was changed."
    also = moved_up(done.moved_up)
    return f"{change(before, done, patrols)}{'; ' if also else ''}{also}."


def change(before: Found, done: Done, patrols: Mapping[str, str]) -> str:
    """The change itself; of several the weightiest."""
    who, row = before.first_name, done.participant
    changes = done.entry.changes if done.entry else {}
    if "state" in changes:
        return state_words(who, row)
    if "patrol_id" in changes:
        patrol = patrols.get(str(row.patrol_id)) if row.patrol_id else None
        return f"{who} moved to {patrol}" if patrol else f"{who} is in no patrol now"
    return f"{who}'s row is saved"


def state_words(who: str, row: Participant) -> str:
    """What somebody's state comes to."""
    if row.state == ParticipantState.CANCELLED:
        return f"{who} is taken off"
    if row.state == ParticipantState.WAITING:
        return f"{who} is on the waiting list"
    return f"{who} has a place over the limit" if row.overbook_reason else f"{who} has a place"


def taken_back(before: Found, done: Done) -> str:
    """After an undo."""
    also = moved_up(done.moved_up)
    who = before.first_name
    if before.state == done.participant.state:
        said = f"{who}'s row is as it was"
    else:
        said = f"Taken back: {state_words(who, done.participant)}"
    if done.moved_back:
        again = (
            names(called(done.moved_back)) if len(done.moved_back) <= MOST_NAMES else f"{len(done.moved_back)} people"
        )
        said += f"; {again} {'waits' if len(done.moved_back) == 1 else 'wait'} again"
    return f"{said}{'; ' if also else ''}{also}."


def moved_in_line(before: Found, moved: list[Participant], row_id: uuid.UUID) -> str:
    """After a move in line, which may have given seats to those who now stand first."""
    if any(row.id == row_id for row in moved):
        return f"{moved_up(moved)}."
    also = moved_up(moved)
    return f"{before.first_name} moved in line{'; ' if also else ''}{also}."


def added(name: str, done: Done, place: int | None) -> str:
    """After somebody was put on the roster."""
    if done.entry is None:
        return f"{name} is on the roster already."
    if done.participant.state == ParticipantState.WAITING:
        where = f", {ordinal(place)} in line" if place else ""
        return f"{name} is on the waiting list{where}."
    return f"{state_words(name, done.participant)}."
