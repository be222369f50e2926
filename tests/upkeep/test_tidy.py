"""What flask tidy removes, and what it must leave."""

from datetime import timedelta

import psycopg2
import pytest
from sqlalchemy import func, select

from app.clock import now
from app.duplicates.models import UNDO_LIVES, PersonMerge
from app.extensions import db, new_id
from app.identity.models import AttemptCounter, BrowserSession, EmailedLink, PasswordLink
from app.identity.rules.emailed import FORGOTTEN_AFTER
from app.members.importing.drafting import PLAN_LIVES
from app.members.importing.drafting import UNDO_LIVES as IMPORTS_KEPT
from app.members.models import ImportRow, Invitation, JoinRequest, RosterImport
from app.signups.models import Submission
from app.upkeep import tidying
from tests.factories import keep, make_outing, make_person, make_unit, make_user

LAST = timedelta(days=30)


def fill(old):
    """Of each kind a row that is just too old, or just young enough."""
    user, outing = make_user(), make_outing(make_unit())
    past = timedelta(minutes=5) if old else -timedelta(minutes=5)

    def link(**more):
        return PasswordLink(user_id=user.id, token_hash=str(new_id()), **more)

    def brought(state, age):
        """A roster file with a child in it."""
        draft = RosterImport(unit_id=outing.unit_id, by_id=user.id, file_name="roster.csv", style="other", state=state)
        draft.created_at = now() - age - past
        return ImportRow(import_id=keep(draft).id, number=1, line=1, name="Ava Holm", outcome="new")

    def asks(**more):
        return JoinRequest(unit_id=outing.unit_id, name="Nora", email="nora@example.org", **more)

    db.session.add_all(
        [
            link(expires_at=now() - tidying.LINKS_KEPT - past),
            link(expires_at=now() + timedelta(days=1), used_at=now() - tidying.LINKS_KEPT - past),
            AttemptCounter(key=str(new_id()), window_start=now() - timedelta(minutes=30) - past, attempts=1),
            BrowserSession(user_id=user.id, token_hash=str(new_id()), device="Lynx", created_at=now() - LAST - past),
            Invitation(
                unit_id=outing.unit_id,
                created_by_id=user.id,
                token_hash=str(new_id()),
                expires_at=now() - tidying.LINKS_KEPT - past,
            ),
            brought("ready", PLAN_LIVES),
            brought("applied", IMPORTS_KEPT + PLAN_LIVES),
            EmailedLink(
                user_id=user.id, purpose="sign_in", token_hash=str(new_id()), expires_at=now() - FORGOTTEN_AFTER - past
            ),
            asks(state="unproved", created_at=now() - tidying.UNPROVED_KEPT - past),
            asks(state="declined", user_id=user.id, decided_at=now() - tidying.LINKS_KEPT - past),
            PersonMerge(
                unit_id=outing.unit_id,
                kept_id=make_person().id,
                gone_id=new_id(),
                sealed="x",
                at=now() - UNDO_LIVES - past,
            ),
            Submission(
                outing_id=outing.id,
                user_id=user.id,
                key=new_id(),
                digest="x",
                result={},
                at=now() - tidying.SUBMISSIONS_KEPT - past,
            ),
        ]
    )
    db.session.flush()


def counts():
    models = (PasswordLink, Invitation, JoinRequest, AttemptCounter, BrowserSession, PersonMerge, Submission)
    more = (RosterImport, ImportRow, EmailedLink)
    return [db.session.scalar(select(func.count()).select_from(model)) for model in (*models, *more)]


def test_what_is_useless_goes_and_the_rest_stays(db_session):
    fill(old=False)
    kept = counts()
    assert dict(tidying.tidy(LAST)) == dict.fromkeys(
        (
            "password links",
            "invitations",
            "requests to join",
            "roster plans",
            "rows of roster imports",
            "emailed links",
            "attempt counters",
            "sessions",
            "merges that can no longer be taken back",
            "sent forms",
        ),
        0,
    )
    assert counts() == kept == [2, 1, 2, 1, 1, 1, 1, 2, 2, 1]
    fill(old=True)
    expected = {
        "password links": 2,
        "invitations": 1,
        "requests to join": 2,
        "roster plans": 1,
        "rows of roster imports": 1,
        "emailed links": 1,
        "attempt counters": 1,
        "sessions": 1,
        "merges that can no longer be taken back": 1,
        "sent forms": 1,
    }
    assert dict(tidying.tidy(LAST)) == expected
    kept[7] += 1  # that there was an import stays, without what was in it
    assert counts() == kept
    assert not any(dict(tidying.tidy(LAST)).values()), "once more changes nothing"


def test_many_go_in_batches_and_a_run_has_an_end(db_session, monkeypatch):
    for _ in range(7):
        fill(old=True)
    monkeypatch.setattr(tidying, "AT_ONCE", 3)
    monkeypatch.setattr(tidying, "MOST_BATCHES", 2)
    assert dict(tidying.tidy(LAST)) == {
        "password links": 6,
        "invitations": 6,
        "requests to join": 6,
        "roster plans": 6,
        "rows of roster imports": 6,
        "emailed links": 6,
        "attempt counters": 6,
        "sessions": 6,
        "merges that can no longer be taken back": 6,
        "sent forms": 6,
    }
    assert dict(tidying.tidy(LAST)) == {
        "password links": 6,
        "invitations": 1,
        "requests to join": 6,
        "roster plans": 1,
        "rows of roster imports": 1,
        "emailed links": 1,
        "attempt counters": 1,
        "sessions": 1,
        "merges that can no longer be taken back": 1,
        "sent forms": 1,
    }


@pytest.fixture
def other(committed_db):
    dsn = committed_db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(dsn)
    yield connection
    connection.close()


def test_it_waits_for_nobody_and_says_what_it_did(committed_db, other):
    with committed_db.app.app_context():
        fill(old=True)
        db.session.commit()
    with other.cursor() as cursor:
        cursor.execute("SELECT FROM browser_sessions FOR UPDATE")
        done = committed_db.app.test_cli_runner().invoke(args=["tidy"])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "Removed 2 password links.",
        "Removed 1 invitations.",
        "Removed 2 requests to join.",
        "Removed 1 roster plans.",
        "Removed 1 rows of roster imports.",
        "Removed 1 emailed links.",
        "Removed 1 attempt counters.",
        "Removed 0 sessions.",
        "Removed 1 merges that can no longer be taken back.",
        "Removed 1 sent forms.",
        "Deleted 0 accounts.",
        "Removed 0 people of whom no record is kept any longer.",
    ]
