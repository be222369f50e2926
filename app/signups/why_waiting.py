"""Why a family waits while places are free, in words."""

import uuid
from collections.abc import Mapping

from app.families.models import PersonKind
from app.signups.models import Participant, ParticipantState
from app.signups.rules.book import Book


def why_waiting(book: Book, live: Mapping[uuid.UUID, Participant]) -> str | None:
    """Why the family's waiting people have no seat although some are free, in a sentence."""
    own = {row.id: row.kind for row in live.values() if row.state == ParticipantState.WAITING}
    party = [waiting for waiting in book.line if waiting.id in own]
    left = {kind: book.limits.left(book.used, kind) or 0 for kind in PersonKind}
    if not party or not any(left.values()):
        return None
    # A place for an adult is of no use to two children.
    free = max(left[PersonKind(kind)] for kind in own.values())
    if party[0].together and len(party) > 1 and free:
        seats = "1 place is" if free == 1 else f"{free} places are"
        return (
            f"You wait together for {len(party)} places and {seats} free. Take what fits, and somebody may get in now."
        )
    return "A place is free but does not fit you, or is held for those who came before you."
