"""What waits for the leaders of a unit; the tabs of its pages say so, each page the same."""

import uuid
from typing import NamedTuple

from sqlalchemy import Uuid, bindparam, func, select

from app.families.models import ClaimState, TrainingClaim
from app.members.models import JoinRequest, Membership, RequestState
from app.reading import Reading


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
