"""Which outings an account may see, and what it may do with them."""

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, column, exists, or_, select, table

from app.errors import NotAllowed, NotFound
from app.extensions import db
from app.families.queries import family_ids
from app.identity import permissions
from app.identity.models import User
from app.identity.permissions import Can, Who
from app.members.queries import unit_ids_of
from app.outings.models import Outing, OutingLead, OutingState, OutingUnit
from app.outings.plain import COLUMNS, AnyOuting, PlainOuting
from app.reading import Reading, Whole
from app.units.access import may, standing_in
from app.units.models import HOLDS, Role, Unit

LED = "_outings_led"
OUTING, UNIT = Whole(Outing), Whole(Unit)
REFUSALS = {
    Can.OPEN_HEALTH: "Only those who lead this outing may open health notes. Its page says who does, and leaders of the unit can "
    "change that there.",
}
REFUSED = "Only leaders of the unit that hosts this outing may do that."


def outing_for_reader(user: User, outing_id: uuid.UUID) -> Outing:
    """The outing, for whoever may see it.

    Raises:
        NotFound: there is none, or this user may not know of it.
    """
    columns = seen(user, outing_id, plain=False)
    return OUTING.put(columns, unit=UNIT.put(columns[OUTING.size :]))


def seen(user: User, outing_id: uuid.UUID, *, plain: bool) -> Sequence[Any]:
    """The columns of an outing that ``user`` may see; whether the account leads it is kept on that.

    Raises:
        NotFound: as ``outing_for_reader``.
    """
    found = visible(user.is_site_admin, plain).rows({"outing": outing_id, "account": user.id})
    if not found:
        raise NotFound
    is_led, *columns = found[0]
    user.__dict__.setdefault(LED, {})[outing_id] = is_led
    return columns


@cache
def visible(everything: bool, plain: bool) -> Reading:
    """Whether the account leads an outing, and that with its unit, if the account may see it; every page of an outing asks."""
    account: uuid.UUID = bindparam("account", type_=Uuid())  # type: ignore[assignment]
    leads = exists().where(OutingLead.outing_id == Outing.id, OutingLead.user_id == account)
    outing = bindparam("outing", type_=Uuid())
    columns = COLUMNS if plain else (*OUTING.columns, *UNIT.columns)
    statement = select(leads, *columns).join(Unit, Unit.id == Outing.unit_id)
    statement = statement.where(Outing.id == outing)
    return Reading(statement if everything else statement.where(is_visible(account)))


def is_visible(account: uuid.UUID) -> ColumnElement[bool]:
    """Of an outing in a statement: whether an account that is no site admin may see it.

    It is of a unit of one's own or open to one; drafts are for leaders of the host.
    """
    mine = unit_ids_of(account)
    open_to_mine = exists().where(OutingUnit.outing_id == Outing.id, OutingUnit.unit_id.in_(mine))
    # Whoever went to another unit stays on the outings that they were signed up for. Participants belong to a later room.
    rows = table("participants", column("outing_id"), column("person_id"), column("state"))
    on_it = exists().where(
        rows.c.outing_id == Outing.id, rows.c.state != "cancelled", rows.c.person_id.in_(family_ids(account))
    )
    published = and_(Outing.state != OutingState.DRAFT, or_(Outing.unit_id.in_(mine), open_to_mine, on_it))
    led = select(Role.unit_id).where(Role.user_id == account, HOLDS)
    return or_(published, Outing.unit_id.in_(led))


def leads(user: User, outing: AnyOuting) -> bool:
    """Whether ``user`` leads the outing today: named as a lead, and still one who may plan outings of the host."""
    known: dict[uuid.UUID, bool] = user.__dict__.setdefault(LED, {})
    if outing.id not in known:
        known[outing.id] = db.session.get(OutingLead, (outing.id, user.id)) is not None
    return known[outing.id] and may(user, Can.PLAN_OUTINGS, outing.unit_id)


def may_with(user: User, what: Can, outing: AnyOuting) -> bool:
    """Whether ``user`` may do ``what`` with an outing that they see, by the table in ``identity/permissions.py``."""
    standing = standing_in(user, outing.unit_id)
    return permissions.may(standing | {Who.OUTING_LEAD} if leads(user, outing) else standing, what)


def outing_for(user: User, what: Can, outing_id: uuid.UUID) -> Outing:
    """The outing, for somebody who may do ``what`` with it.

    Raises:
        NotFound: to strangers; NotAllowed: to those who may only read it.
    """
    outing = outing_for_reader(user, outing_id)
    refuse_unless(user, what, outing)
    return outing


def plain_outing_for(user: User, what: Can, outing_id: uuid.UUID) -> PlainOuting:
    """The same as plain values, for a page that changes nothing.

    Raises:
        NotFound, NotAllowed: as ``outing_for``.
    """
    outing = PlainOuting.of(seen(user, outing_id, plain=True))
    refuse_unless(user, what, outing)
    return outing


def refuse_unless(user: User, what: Can, outing: AnyOuting) -> None:
    """For those who see the outing.

    Raises:
        NotAllowed: ``user`` may not do ``what`` with it.
    """
    if not may_with(user, what, outing):
        raise NotAllowed(REFUSALS.get(what, REFUSED))
