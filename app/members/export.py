"""A unit's members as a file that this site, or another one, can import again."""

import uuid

from sqlalchemy import case, func, select

from app.extensions import db
from app.families.models import Person, PersonKind
from app.members.models import Membership
from app.units.models import Patrol

MOST_ROWS = 50_000  # as many as an import takes
HEADINGS = (
    "First name", "Last name", "Preferred name", "Youth or adult", "Member number", "Patrol", "Position", "Registered", "Rank",
    "Gender", "Birth date", "Email", "Phone",
)  # fmt: skip


def member_rows(unit_id: uuid.UUID) -> list[list[str]]:
    """Every live member by last name, a cell for each heading. One statement."""
    rows = db.session.execute(
        select(
            Person.first_name,
            Person.last_name,
            Person.preferred_name,
            Person.kind,
            Membership.member_number,
            Patrol.name,
            Membership.position,
            Membership.registered,
            Person.rank,
            Person.gender,
            Person.birth_date,
            # A child's own address and phone are the family's; no page shows them to the unit.
            case((Person.kind == PersonKind.ADULT, Person.email)),
            case((Person.kind == PersonKind.ADULT, Person.phone)),
        )
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(Patrol, Patrol.id == Membership.patrol_id)
        .where(Membership.unit_id == unit_id, Membership.until.is_(None))
        .order_by(func.lower(Person.last_name), func.lower(Person.first_name), Person.id)
        .limit(MOST_ROWS)
    )
    return [[text_of(cell) for cell in row] for row in rows]


def text_of(cell: object) -> str:
    """A value as a file holds it."""
    if cell is None:
        return ""
    return ("Yes" if cell else "No") if isinstance(cell, bool) else str(cell)
