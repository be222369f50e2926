"""Short words for what the tests of this room do over and over."""

from sqlalchemy import select

from app.duplicates.access import pair_for
from app.duplicates.rules.merging import fingerprint, merge
from app.extensions import db
from app.members.models import Membership


def place_of(person, unit):
    return db.session.scalars(
        select(Membership).where(Membership.person_id == person.id, Membership.unit_id == unit.id)
    ).one()


def joined(admin, unit, kept, gone, said=None):
    seen = fingerprint(pair_for(admin, unit, kept.id, gone.id))
    return merge(admin, unit, kept.id, gone.id, said or {}, seen)
