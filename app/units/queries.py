"""What pages read of units."""

import uuid

from sqlalchemy import select

from app.extensions import db
from app.identity.models import User
from app.units.access import roles_of
from app.units.models import Patrol, Unit

MOST_UNITS = 50


def units_led_by(user: User) -> list[Unit]:
    """Units that ``user`` may plan outings for, by name; a site admin may for all, of which the first 50 are named."""
    found = select(Unit).order_by(Unit.name).limit(MOST_UNITS)
    if not user.is_site_admin:
        found = found.where(Unit.id.in_(roles_of(user)))
    return list(db.session.scalars(found))


def patrols_of(unit_id: uuid.UUID) -> list[Patrol]:
    """A unit's patrols by name; a unit has a dozen, 200 is the bound."""
    return list(db.session.scalars(select(Patrol).where(Patrol.unit_id == unit_id).order_by(Patrol.name).limit(200)))
