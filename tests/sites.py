"""Applications under test, each over a database of its own."""

import contextlib
import contextvars
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import URL, text
from werkzeug.test import TestResponse, run_wsgi_app

from app import create_app
from app.config import Config
from app.errors import RuleBroken
from app.extensions import db
from tests import one_transaction
from tests.database import empty, fresh_database, settings

PATIENCE = 60  # seconds that threads of a test wait for each other: on a busy machine one may stand still for a while


@dataclass(frozen=True)
class Site:
    """An application and the database that is its own."""

    app: Flask
    url: URL


@contextlib.contextmanager
def fresh_site(**more: str) -> Iterator[Site]:
    """An application over a fresh copy of the template, in which everything is committed for real; ``more`` are settings."""
    with fresh_database() as url:
        site = Site(create_app(Config.from_env(settings(url) | more)), url)
        yield site
        with site.app.app_context():
            db.engine.dispose()


@contextlib.contextmanager
def emptied(site: Site) -> Iterator[Site]:
    """A site that others use afterwards: what this one does to its rows and its settings is undone."""
    before = dict(site.app.config)
    site.app.config["WTF_CSRF_ENABLED"] = False
    with site.app.app_context():
        db.engine.pool._timeout = PATIENCE
    try:
        yield site
    finally:
        site.app.config.clear()
        site.app.config.update(before)
        with site.app.app_context():
            db.engine.dispose()
        empty(site.url)


STANDS = text(
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
)


def until_somebody_stands(or_else: Callable[[], bool]) -> None:
    """Wait until somebody stands before a lock of the application's database, or for what is the case ``or_else``."""
    with db.engine.connect() as watch:
        deadline = time.monotonic() + PATIENCE
        while not or_else() and not watch.scalar(STANDS):
            watch.rollback()
            assert time.monotonic() < deadline, "nobody came"
            time.sleep(0.002)


def behind(
    app: Flask, first: Callable[[], object], then: Callable[..., Any], *, read: Callable[[], tuple[Any, ...]] = tuple
) -> Any:
    """``first()`` is committed when ``then()`` stands before one of its locks, or is through. Returns what ``then`` did, or how it was refused.

    Each in a thread and a context of its own; ``then`` is given what was ``read`` before ``first`` held anything.
    """
    begun: list[str] = []

    def hold() -> None:
        with app.app_context():
            first()
            begun.append("held")
            until_somebody_stands(or_else=lambda: "over" in begun)
            db.session.commit()

    def wait() -> Any:
        with app.app_context():
            known = read()
            until_somebody_stands(or_else=lambda: "held" in begun)
            try:
                done = then(*known)
                db.session.commit()
            except RuleBroken as refusal:
                return refusal
            finally:
                begun.append("over")
            return done

    with ThreadPoolExecutor(2) as pool:
        holding, waiting = pool.submit(hold), pool.submit(wait)
        holding.result()
        return waiting.result()


@contextlib.contextmanager
def lenient_site() -> Iterator[Site]:
    """For tests within a transaction: forms need no CSRF token, and a client is apart from the test."""
    with fresh_site() as site:
        site.app.config["WTF_CSRF_ENABLED"] = False
        site.app.test_client_class = SeparateClient
        with site.app.app_context():
            one_transaction.teach(db.engine)
        yield site


class Answer(TestResponse, Response):
    """Otherwise Werkzeug would make such a class for each client."""


class SeparateClient(FlaskClient):
    """A browser apart from the test: a request sees nothing of the test's ``g``, and a session of its own.

    Flask would reuse the test's application context, and Flask-Login keeps who is signed in there.
    """

    def __init__(self, application: Flask, response_wrapper: Any, **options: Any) -> None:
        super().__init__(application, Answer, **options)

    def run_wsgi_app(self, environ: dict[str, Any], buffered: bool = False) -> Any:
        """Whoever keeps no cookies need not read the address to know where they belong."""
        if self._cookies is None:
            return run_wsgi_app(self.application, environ, buffered)
        return super().run_wsgi_app(environ, buffered)

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if db.session().in_transaction():
            db.session.commit()  # the request sees what the test has made so far
        response = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.expire_all()  # and the test sees what the request has made of it
        return response
