"""What every test can ask for. The browser's share is in tests/browser_fixtures.py."""

import contextlib
import contextvars
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from flask_sqlalchemy.session import Session
from hypothesis import settings as hypothesis_settings
from sqlalchemy import event
from sqlalchemy.engine import Connection
from werkzeug.test import TestResponse

from app.extensions import db
from app.identity.models import User
from app.identity.rules.sessions import begin_session
from tests import database
from tests.sites import Site, fresh_site

pytest_plugins = ["tests.browser_fixtures"]

# One example may take its time when the other workers keep the machine busy.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")

SERVER = pytest.StashKey[contextlib.ExitStack]()
TRANSACTION_WORDS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Only the process that was called starts the server; the workers of pytest-xdist find it in the environment."""
    if "PYTEST_XDIST_WORKER" not in os.environ and not session.config.option.collectonly:
        session.config.stash[SERVER] = contextlib.ExitStack()
        try:
            session.config.stash[SERVER].enter_context(database.test_server())
        except RuntimeError as reason:  # a sentence for people, not a fault of pytest
            pytest.exit(str(reason), returncode=1)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash.get(SERVER, contextlib.ExitStack()).close()


@pytest.fixture(scope="session")
def app() -> Iterator[Flask]:
    """The application of this worker. Forms need no CSRF token; set WTF_CSRF_ENABLED back to test that they do."""
    with fresh_site() as site:
        site.app.config["WTF_CSRF_ENABLED"] = False
        site.app.test_client_class = SeparateClient
        yield site.app


class SeparateClient(FlaskClient):
    """A browser apart from the test: a request sees nothing of the test's ``g``, and a session of its own.

    Flask would reuse the test's application context, and Flask-Login keeps who is signed in there.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.commit()  # releases a savepoint: the request sees what the test has made so far
        response = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.expire_all()  # and the test sees what the request has made of it
        return response


@pytest.fixture
def db_session(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """``db.session`` in one transaction that is rolled back; what a view commits is undone with it.

    Every session of ``app``, the views' too, works on one connection: a commit releases a savepoint there.
    """
    usual_bind = Session.get_bind

    def get_bind(self: Session, *args: Any, **kwargs: Any) -> Any:
        return connection if current_app == app else usual_bind(self, *args, **kwargs)

    with app.app_context(), db.engine.connect() as connection:
        outer = connection.begin()
        monkeypatch.setattr(Session, "get_bind", get_bind)
        monkeypatch.setitem(db.session.session_factory.kw, "join_transaction_mode", "create_savepoint")
        yield db.session
        db.session.remove()
        outer.rollback()


@pytest.fixture
def client(app: Flask, db_session: Any) -> FlaskClient:
    """A browser in which nobody is signed in; ``app.test_client()`` makes more of them."""
    return app.test_client()


@pytest.fixture(scope="session")
def sign_in() -> Callable[[FlaskClient, User], None]:
    """``sign_in(client, user)`` as signing in leaves it behind; the real form pays for argon2 each time."""

    def sign_in(client: FlaskClient, user: User) -> None:
        token = begin_session(user, "Firefox on Linux", remembered=False)
        db.session.commit()
        with client.session_transaction() as session:
            session["_user_id"] = token

    return sign_in


@pytest.fixture
def committed_db() -> Iterator[Site]:
    """For races: ``.app`` and ``.url`` of a database in which commits are real; dropped afterwards."""
    with fresh_site() as site:
        site.app.config["WTF_CSRF_ENABLED"] = False
        yield site


@pytest.fixture
def count_statements(db_session: Any) -> Callable[[], contextlib.AbstractContextManager[list[str]]]:
    """``with count_statements() as statements:`` collects the SQL that the block sends."""

    @contextlib.contextmanager
    def count() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith(TRANSACTION_WORDS):
                statements.append(statement)

        db_session.flush()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return count
