"""What pages read of memberships."""

import uuid

from sqlalchemy import CompoundSelect, Select, select

from app.families.queries import family_ids
from app.members.models import Membership
from app.units.models import Role


def family_unit_ids(user_id: uuid.UUID) -> Select[uuid.UUID]:
    """Units that somebody of the family is a member of today."""
    return select(Membership.unit_id).where(Membership.person_id.in_(family_ids(user_id)), Membership.until.is_(None))


def unit_ids_of(user_id: uuid.UUID) -> CompoundSelect[uuid.UUID]:
    """Units that this account has anything to do with: by family or by role."""
    return family_unit_ids(user_id).union(select(Role.unit_id).where(Role.user_id == user_id))
