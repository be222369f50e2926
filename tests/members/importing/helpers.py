"""An import in the browser: what is sent, and everything that it may touch."""

import re

from sqlalchemy import func, select

from app.extensions import db
from app.families.models import GuardianProposal, Person, Training
from app.members.models import Membership
from app.units.models import Patrol
from tests.factories import make_person


def form_of(page):
    """What a browser would send of the plan: the rows that are shown and the ticks."""
    shown = re.findall(r'name="shown" value="(\d+)"', page.text)
    ticks = re.findall(r'name="tick" value="([\d.]+)" checked', page.text)
    return {"shown": shown, "tick": ticks}


def make(client, at, **changes):
    return client.post(at, data=form_of(client.get(at)) | {"go": "apply"} | changes)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def state():
    """Every row that a roster may touch."""
    found = {}
    for model in (Person, Membership, Training, GuardianProposal, Patrol):
        columns = [c for c in model.__table__.columns if c.key not in ("version", "created_at")]
        found[model.__tablename__] = sorted(str(tuple(row)) for row in db.session.execute(select(*columns)))
    return found


def member(unit, number, first="Ava", last="Holm", **values):
    one = make_person(first, last, unit=unit, **values)
    db.session.scalar(select(Membership).where(Membership.person_id == one.id)).member_number = number
    db.session.flush()
    return one
