"""Short words for what the tests of this room do over and over."""

from sqlalchemy import select

from app.extensions import db
from app.members.models import Membership

HTMX = {"HX-Request": "true"}


def url(unit, more=""):
    return f"/units/{unit.id}/members{more}"


def membership(person):
    return db.session.scalar(select(Membership).where(Membership.person_id == person.id))
