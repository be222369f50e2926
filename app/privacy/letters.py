"""What is written to those who keep a unit when a family leaves. It is put together when the mail leaves, for whoever still keeps it then."""

import uuid

from sqlalchemy import select

from app.extensions import db
from app.families.models import Person
from app.identity.models import User
from app.identity.permissions import Can
from app.mail import Letter, letter, link_to
from app.members.models import Membership
from app.units.access import may


@letter("privacy.alone")
def alone(*, user_id: str, unit_id: str, people: list[str]) -> Letter | None:
    """To an admin: which of the unit's children nobody looks after here any more."""
    admin, unit = db.session.get(User, uuid.UUID(user_id)), uuid.UUID(unit_id)
    if admin is None or admin.suspended_at or not admin.email_proved or not may(admin, Can.KEEP_GUARDIANS, unit):
        return None
    here = (Membership.unit_id == unit, Membership.until.is_(None), Membership.person_id.in_(map(uuid.UUID, people)))
    wanted = select(Person).join(Membership, Membership.person_id == Person.id).where(*here).order_by(Person.id)
    names = [person.full_name for person in db.session.scalars(wanted)]
    values = {"people": names, "link": link_to("members.index", unit_id=unit_id)}
    return Letter(admin.email, "A child has no guardian here any more", "privacy/mail/alone", values) if names else None
