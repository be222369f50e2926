"""Applications under test, each over a database of its own."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import URL

from app import create_app
from app.config import Config
from app.extensions import db
from tests.database import fresh_database, settings


@dataclass(frozen=True)
class Site:
    """An application and the database that is its own."""

    app: Flask
    url: URL


@contextlib.contextmanager
def fresh_site() -> Iterator[Site]:
    """An application over a fresh copy of the template, in which everything is committed for real."""
    with fresh_database() as url:
        site = Site(create_app(Config.from_env(settings(url))), url)
        yield site
        with site.app.app_context():
            db.engine.dispose()
