"""Signing in by the form, and what is kept of it."""

from sqlalchemy import select

from app.extensions import db
from app.identity.models import BrowserSession
from tests.factories import PASSWORD


def enter(client, **values):
    answer = client.post("/login", data={"login": "marit", "password": PASSWORD} | values)
    assert answer.status_code == 303
    return client


def rows():
    return db.session.scalars(select(BrowserSession).order_by(BrowserSession.id)).all()


def copy_of(client, app):
    """Another browser with the same cookie."""
    other = app.test_client()
    other.set_cookie("session", client.get_cookie("session").value)
    return other
