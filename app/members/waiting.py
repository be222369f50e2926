"""What waits for the leaders of a unit; the tabs of its pages say so, each page the same."""

import uuid
from typing import NamedTuple

from sqlalchemy import func, literal, select

from app.extensions import db
from app.families.models import ClaimState, TrainingClaim
from app.members.models import JoinRequest, Membership, RequestState


class Waits(NamedTuple):
    """How many of each."""

    claims: int  # trainings that members say to have
    requests: int  # of families to join


def waits_in(unit_id: uuid.UUID) -> Waits:
    """One statement."""
    # Written down, so that PostgreSQL sees that the partial index serves.
    claim = literal(ClaimState.WAITING, literal_execute=True)
    request = literal(RequestState.WAITING, literal_execute=True)
    claims = (
        select(func.count())
        .select_from(TrainingClaim)
        .join(Membership, Membership.person_id == TrainingClaim.person_id)
        .where(Membership.unit_id == unit_id, Membership.until.is_(None), TrainingClaim.state == claim)
    )
    requests = select(func.count()).where(JoinRequest.unit_id == unit_id, JoinRequest.state == request)
    return Waits(*db.session.execute(select(claims.scalar_subquery(), requests.scalar_subquery())).one())
