"""Rows that are of no use to anybody any more, and how they go: a few at a time, so that nobody waits for a lock."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, or_

from app.clock import now
from app.duplicates.models import UNDO_LIVES, PersonMerge
from app.extensions import Model, db
from app.identity import limits
from app.identity.models import AttemptCounter, BrowserSession, EmailedLink, PasswordLink
from app.identity.rules.emailed import FORGOTTEN_AFTER
from app.members.following import catch_up
from app.members.importing.drafting import outlived
from app.members.models import Invitation, JoinRequest, RequestState
from app.signups.models import Submission
from app.writing import delete_some

AT_ONCE = 1000
MOST_BATCHES = 1000  # of each kind in one run
# A link that opens nothing says so in the same words, whether its row is there or not.
LINKS_KEPT = timedelta(days=30)
# The address of somebody who never opened the mail.
UNPROVED_KEPT = timedelta(days=2)
# A form is sent again within minutes, or days later from a tab that was left open.
SUBMISSIONS_KEPT = timedelta(days=30)


def useless(sessions_last: timedelta) -> Iterator[tuple[str, type[Model], ColumnElement[bool]]]:
    """What goes: in words, the table, and which of its rows."""
    old_link = now() - LINKS_KEPT
    yield "password links", PasswordLink, or_(PasswordLink.expires_at < old_link, PasswordLink.used_at < old_link)
    yield "invitations", Invitation, or_(Invitation.expires_at < old_link, Invitation.ended_at < old_link)
    unproved = and_(JoinRequest.state == RequestState.UNPROVED, JoinRequest.created_at < now() - UNPROVED_KEPT)
    yield "requests to join", JoinRequest, or_(unproved, JoinRequest.decided_at < old_link)
    yield from outlived()
    yield "emailed links", EmailedLink, EmailedLink.expires_at < now() - FORGOTTEN_AFTER
    yield "attempt counters", AttemptCounter, AttemptCounter.window_start < now() - 2 * limits.WINDOW
    yield "sessions", BrowserSession, BrowserSession.created_at < now() - sessions_last
    yield "merges that can no longer be taken back", PersonMerge, PersonMerge.at < now() - UNDO_LIVES
    yield "sent forms", Submission, Submission.at < now() - SUBMISSIONS_KEPT


def tidy(sessions_last: timedelta) -> Iterator[tuple[str, int]]:
    """Remove what is useless and say how much of each kind it was. Commits each batch; may be cut off and run again."""
    for words, model, condition in useless(sessions_last):
        removed = 0
        for _ in range(MOST_BATCHES):
            batch = delete_some(model, condition, AT_ONCE)
            db.session.commit()
            removed += batch
            if batch < AT_ONCE:
                break
        yield words, removed


def put_right() -> int:
    """Words and positions that lag behind, as rows of the release before do. Returns of how many people; commits each batch."""
    done = 0
    for count in catch_up(AT_ONCE):
        db.session.commit()
        done += count
    return done
