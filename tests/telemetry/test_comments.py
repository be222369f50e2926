"""Statements name their request, and no header can make the comment end early."""

from types import SimpleNamespace

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from app import create_app, driver
from app.config import Config
from app.extensions import db
from app.telemetry import comments
from tests.database import settings
from tests.factories import make_user


@pytest.fixture
def seen(db_session):
    """What reached the database last, as it says itself."""

    def seen(comment):
        comments.comment.set(comment)
        try:
            return db_session.scalar(text("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()"))
        finally:
            comments.comment.set("")

    return seen


@pytest.mark.parametrize(
    "hostile",
    [
        "*/ DROP TABLE users; /*",
        "*/ SELECT 1 --",
        "/* /* /*",
        "**//",
        "%s %(name)s %",
        "a\nb\0c",
        "x*/" * 999,
        "'; -- \\",
    ],
)
def test_nothing_ends_the_comment(seen, hostile):
    comment = comments.comment_for(request_id=hostile, route=hostile)
    query = seen(comment)
    assert query.endswith(comment)
    assert comment.count("*/") == comment.count("/*") == 1
    assert len(comment) < 300


def test_without_a_request_nothing_is_added(seen):
    assert comments.comment_for(request_id=None, route=None) == ""
    assert seen("").endswith("pg_backend_pid()")


def test_a_page_sends_its_id_and_its_route(client, sign_in, db_session):
    sign_in(client, make_user("marit@example.org"))
    sent = []

    def note(_connection, cursor, statement, *_):
        sent.append(statement + cursor.comment)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        client.get("/outings", headers={"X-Request-ID": "abc-1"})
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    during = [statement for statement in sent if not statement.startswith(("SAVEPOINT", "RELEASE"))]
    assert during
    assert all(statement.endswith(" /* request_id=abc-1 route=/outings */") for statement in during)


def test_a_statement_that_is_sent_by_name_carries_it_too(committed_db):
    with committed_db.app.app_context():
        email = make_user("marit@example.org").email
        db.session.commit()
        comments.comment.set(" /* request_id=abc */")
        asked = text("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid() AND :email <> ''")
        for _ in range(2):
            query = db.session.execute(asked, {"email": email}, execution_options={driver.MARK: driver.READ}).scalar()
            assert query.endswith(" /* request_id=abc */")
        comments.comment.set("")
        assert "EXECUTE" in query, "by name"


def test_another_hook_that_changes_statements_sees_them_bare_and_its_own_text_gets_the_comment(committed_db):
    """As a hook does that turns the statements of a page into EXECUTE, found by their text."""
    seen, sent = [], []

    def change(_connection, _cursor, statement, parameters, _context, _many):
        seen.append(statement)
        return "EXECUTE x", parameters

    app = create_app(Config.from_env(settings(committed_db.url) | {"SQL_COMMENTS": "0"}))
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", change, retval=True)
        comments.init_app(app)
        event.listen(db.engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
        comments.comment.set(comments.comment_for(request_id="abc"))
        with pytest.raises(OperationalError, match='prepared statement "x" does not exist'):
            db.session.execute(text("SELECT 1"))
        db.session.rollback()
        db.engine.dispose()
        comments.comment.set("")
    assert (seen[-1], sent[-1]) == ("SELECT 1", "EXECUTE x /* request_id=abc */")


def test_a_cursor_that_finds_statements_by_their_text_is_handed_the_comment_apart():
    cursor = SimpleNamespace(mark="read")
    comments.comment.set(" /* request_id=abc */")
    assert comments.add(None, cursor, "SELECT 1", {}, None, False) == ("SELECT 1", {})
    assert cursor.comment == " /* request_id=abc */"
    comments.comment.set("")


def test_the_statement_cache_is_not_filled_by_comments(client, sign_in, db_session):
    sign_in(client, make_user("marit@example.org"))
    client.get("/outings")
    kept = len(db.engine._compiled_cache)
    for _ in range(3):
        client.get("/outings")
    assert len(db.engine._compiled_cache) == kept


def test_a_setting_turns_it_off(committed_db):
    app = create_app(Config.from_env(settings(committed_db.url) | {"SQL_COMMENTS": "0"}))
    with app.app_context():
        assert not event.contains(db.engine, "before_cursor_execute", comments.add)
        db.engine.dispose()
    with committed_db.app.app_context():
        assert event.contains(db.engine, "before_cursor_execute", comments.add)
