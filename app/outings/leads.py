"""Who leads an outing, and with that who may open health notes on it."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Executable, and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.audit.rules import record
from app.errors import RuleBroken
from app.extensions import db
from app.identity.models import User
from app.identity.permissions import Can
from app.outings.models import Outing, OutingLead, OutingState
from app.outings.plain import AnyOuting
from app.outings.rules import lock_outing
from app.outings.stage import is_long_over
from app.units.access import may
from app.units.models import HOLDS, Role

MOST = 100  # leaders of one unit; the largest troops have thirty


@dataclass(frozen=True)
class Leader:
    """Somebody who leads the outing, or could."""

    id: uuid.UUID
    name: str
    leads: bool


def leaders_of(outing: Outing) -> list[Leader]:
    """The leads and everybody else with a role in the host unit, by name. A lead whose role has ended leads no longer; a site
    admin needs none. One statement.
    """
    rows = db.session.execute(
        select(User.id, User.name, OutingLead.user_id.is_not(None))
        .outerjoin(Role, and_(Role.user_id == User.id, Role.unit_id == outing.unit_id, HOLDS))
        .outerjoin(OutingLead, and_(OutingLead.user_id == User.id, OutingLead.outing_id == outing.id))
        .where(
            User.id.in_(
                select(Role.user_id)
                .where(Role.unit_id == outing.unit_id)
                .union(select(OutingLead.user_id).where(OutingLead.outing_id == outing.id))
            ),
            or_(Role.user_id.is_not(None), and_(User.is_site_admin, OutingLead.user_id.is_not(None))),
            User.suspended_at.is_(None),
        )
        .order_by(func.lower(User.name), User.id)
        .limit(MOST)
    )
    return [Leader(*row) for row in rows]


def set_lead(actor: User, outing_id: uuid.UUID, user_id: uuid.UUID, wanted: bool) -> User:
    """Make an account a lead of the outing, or no longer one; asked twice, it is so already. Returns the account.

    Raises:
        NotFound, NotAllowed: the outing is gone, or ``actor`` may not say who leads it.
        RuleBroken: the account leads nothing in the host unit.
    """
    outing = lock_outing(actor, outing_id)
    user = db.session.get(User, user_id)
    if user is None or (wanted and not may(user, Can.PLAN_OUTINGS, outing.unit_id)):
        raise RuleBroken("Choose one of the leaders of the unit that hosts this outing.", "user_id")
    key = {"outing_id": outing.id, "user_id": user.id}
    change: Executable = (
        insert(OutingLead).values(**key).on_conflict_do_nothing().returning(OutingLead.user_id)
        if wanted
        else delete(OutingLead).filter_by(**key).returning(OutingLead.user_id)
    )
    if db.session.execute(change).first() is not None:
        pair = (None, user.name) if wanted else (user.name, None)
        action = "lead of the outing added" if wanted else "lead of the outing removed"
        record(actor, action, outing, changes={"lead": pair}, unit_id=outing.unit_id, outing_id=outing.id)
    return user


def health_is_open(outing: AnyOuting, moment: datetime, kept: timedelta) -> bool:
    """Whether there is a need to know: from publishing until ``kept`` after the end.

    Source: domain.md, "Health: hold little"; a week unless the setting HEALTH_OPEN_DAYS says otherwise.
    """
    return outing.state in (OutingState.PUBLISHED, OutingState.DONE) and not is_long_over(outing, moment, kept)
