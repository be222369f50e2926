"""What waits for the leaders of a unit; the tabs of its pages say so, each page the same. And what a family waits for."""

import uuid
from typing import NamedTuple

from sqlalchemy import Uuid, bindparam, func, select

from app.extensions import db
from app.families.models import ClaimState, TrainingClaim
from app.members.models import JoinRequest, Membership, RequestState
from app.reading import Reading
from app.units.models import Unit


class Waits(NamedTuple):
    """How many of each."""

    claims: int  # trainings that members say to have
    requests: int  # of families to join


UNIT = bindparam("unit", type_=Uuid())
CLAIMS = (
    select(func.count())
    .select_from(TrainingClaim)
    .join(Membership, Membership.person_id == TrainingClaim.person_id)
    .where(Membership.unit_id == UNIT, Membership.until.is_(None), TrainingClaim.state == ClaimState.WAITING)
)
REQUESTS = select(func.count()).where(JoinRequest.unit_id == UNIT, JoinRequest.state == RequestState.WAITING)
WAITS = Reading(select(CLAIMS.scalar_subquery(), REQUESTS.scalar_subquery()))


def waits_in(unit_id: uuid.UUID) -> Waits:
    """One statement."""
    return Waits(*WAITS.rows({"unit": unit_id})[0])


def units_asked(user_id: uuid.UUID) -> list[str]:
    """The units that the account asks to join and that have not decided yet. One statement."""
    asked = (JoinRequest.user_id == user_id, JoinRequest.state == RequestState.WAITING)
    names = select(Unit.name).join(JoinRequest, JoinRequest.unit_id == Unit.id).where(*asked).distinct()
    return sorted(db.session.scalars(names))
