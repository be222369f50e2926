"""Which outings an account may see, and which it may change."""

import uuid
from functools import cache

from sqlalchemy import Select, Uuid, and_, bindparam, exists, or_, select
from sqlalchemy.orm import joinedload

from app.errors import NotAllowed, NotFound
from app.extensions import db
from app.identity.models import User
from app.members.queries import unit_ids_of
from app.outings.models import Outing, OutingState, OutingUnit
from app.units.access import may_lead
from app.units.models import Role


def outing_for_reader(user: User, outing_id: uuid.UUID) -> Outing:
    """The outing, for whoever may see it.

    Raises:
        NotFound: there is none, or this user may not know of it.
    """
    outing = db.session.scalar(visible(user.is_site_admin), {"outing": outing_id, "account": user.id})
    if outing is None:
        raise NotFound
    return outing


@cache
def visible(everything: bool) -> Select[Outing]:
    """One outing with its unit, if the account may see it; built once, since every page of an outing asks.

    It is of a unit of one's own or open to one; drafts are for leaders of the host.
    """
    statement = select(Outing).where(Outing.id == bindparam("outing")).options(joinedload(Outing.unit, innerjoin=True))
    if everything:
        return statement
    account: uuid.UUID = bindparam("account", type_=Uuid())  # type: ignore[assignment]
    mine = unit_ids_of(account)
    open_to_mine = exists().where(OutingUnit.outing_id == Outing.id, OutingUnit.unit_id.in_(mine))
    published = and_(Outing.state != OutingState.DRAFT, or_(Outing.unit_id.in_(mine), open_to_mine))
    led = select(Role.unit_id).where(Role.user_id == account)
    return statement.where(or_(published, Outing.unit_id.in_(led)))


def outing_for_leader(user: User, outing_id: uuid.UUID) -> Outing:
    """The outing, for a leader of the unit that hosts it.

    Raises:
        NotFound: to strangers; NotAllowed: to those who may only read it.
    """
    outing = outing_for_reader(user, outing_id)
    if not may_lead(user, outing.unit_id):
        raise NotAllowed("Only leaders of the unit that hosts this outing may do that.")
    return outing
