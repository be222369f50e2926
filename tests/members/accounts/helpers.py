"""The page of somebody's account, and the one-time links that are about."""

import re

from sqlalchemy import func, select

from app.extensions import db
from app.identity.models import PasswordLink


def address(unit, person, more=""):
    return f"/units/{unit.id}/members/{person.id}/account{more}"


def links():
    return db.session.scalar(select(func.count()).select_from(PasswordLink).where(PasswordLink.used_at.is_(None)))


def token_in(response):
    return re.search(r"http://localhost/welcome/([\w-]+)", response.text)[1]
