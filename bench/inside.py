"""The product inside this process, without a server: to seed it, to count its SQL statements and to profile it."""

import contextlib
import os
from collections.abc import Iterator

from flask import Flask
from sqlalchemy import Engine, event

from app import create_app
from app.config import Config
from app.extensions import db
from bench.accounts import Answer, Send
from bench.ask import Ask
from bench.serve import Database
from bin.commands import flask


@contextlib.contextmanager
def application(database: Database) -> Iterator[Flask]:
    """The application as production makes it; its log lines are written, to nowhere."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - not a path of ours
        with contextlib.redirect_stdout(nowhere):
            app = create_app(Config.from_env(database.settings()))
        yield app
        with app.app_context():
            db.engine.dispose()


def upgrade(database: Database) -> None:
    """The product's schema, by its migrations."""
    with application(database) as app:
        flask(app, "db", "upgrade", quiet=True)


def directly(app: Flask) -> Send:
    """Send to the application itself."""

    def send(ask: Ask) -> Answer:
        client = app.test_client(use_cookies=False)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if ask.form is not None else {}
        response = client.open(ask.path, method=ask.method, headers=headers | dict(ask.headers), data=ask.body)
        cookies = response.headers.getlist("Set-Cookie")
        return Answer(response.status_code, cookies, response.headers.get("Location", ""), response.data)

    return send


def statements(app: Flask, asks: Iterator[Ask]) -> list[str]:
    """The SQL of one request, after one that has warmed the caches up."""
    send, found = directly(app), []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for ask in (next(asks), next(asks)):
            found.clear()
            if fault := send(ask).fault(ask):
                raise RuntimeError(fault)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return list(found)
