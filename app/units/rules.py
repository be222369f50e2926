"""Units and their patrols: what makes them."""

import re
import uuid
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.audit.rules import assign, record
from app.clock import now
from app.errors import Conflict, NotFound, RuleBroken, Stale
from app.extensions import db, new_id
from app.identity.models import User
from app.identity.permissions import Can
from app.units.access import refuse_unless, refuse_unless_site_admin
from app.units.models import Patrol, Unit, UnitKind


def add_unit(actor: User, name: str, kind: UnitKind, time_zone: str, policy_preset: str) -> Unit:
    """A new unit. Its people come by an import or by hand.

    Raises:
        NotAllowed: the actor is no site admin.
        RuleBroken: the name is in use, or there is no such time zone.
    """
    refuse_unless_site_admin(actor)
    name = " ".join(name.split())
    check_time_zone(time_zone)
    if db.session.scalar(select(Unit.id).where(func.lower(Unit.name) == name.lower())):
        raise RuleBroken(f"There is a unit named {name} already.", "name")
    number = re.search(r"\d+", name)
    unit = Unit(
        id=new_id(),
        name=name,
        kind=kind,
        number=number[0] if number else None,
        time_zone=time_zone,
        policy_preset=policy_preset,
    )
    db.session.add(unit)
    record(actor, "unit added", unit, changes={"name": (None, name)}, unit_id=unit.id)
    save_or(Conflict("Somebody added this unit at the same moment. Look again."))
    return unit


def change_unit(actor: User, unit_id: uuid.UUID, version: int, values: dict[str, Any]) -> tuple[Unit, bool]:
    """Change the unit's settings. Returns the unit and whether anything changed.

    Raises:
        NotAllowed: the actor may not. RuleBroken: the name is in use, or there is no such time zone.
        Stale: somebody else saved since ``version``, and what they saved differs.
    """
    refuse_unless(actor, Can.KEEP_UNIT, unit_id)
    locked = select(Unit).where(Unit.id == unit_id).with_for_update().execution_options(populate_existing=True)
    unit = db.session.scalars(locked).one()
    values = values | {"name": " ".join(values["name"].split()), "time_zone": values["time_zone"].strip()}
    check_time_zone(values["time_zone"])
    differ = [name for name in values if getattr(unit, name) != values[name]]
    if not differ:
        return unit, False
    if unit.version != version:
        theirs = {name: getattr(unit, name) for name in differ}
        raise Stale(
            "Somebody else changed these settings since you opened this page.", theirs, {n: values[n] for n in differ}
        )
    same = select(Unit.id).where(func.lower(Unit.name) == values["name"].lower(), Unit.id != unit.id)
    if db.session.scalar(same):
        raise RuleBroken(f"There is a unit named {values['name']} already.", "name")
    changes = assign(unit, values)
    unit.version += 1
    record(actor, "unit settings changed", unit, changes=changes, unit_id=unit.id)
    save_or(Conflict("Somebody took this name at the same moment. Look again."))
    return unit, True


def check_time_zone(name: str) -> None:
    """Refuse a zone that the tables of the world do not know.

    Raises:
        RuleBroken: with an example of one that they do.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RuleBroken("Enter a time zone such as America/Chicago.", "time_zone") from None


def add_patrol(actor: User, unit: Unit, name: str) -> Patrol:
    """A new patrol of the unit.

    Raises:
        NotAllowed: the actor does not administer the unit.
        RuleBroken: the unit has one of this name.
    """
    refuse_unless(actor, Can.KEEP_UNIT, unit.id)
    name = " ".join(name.split())
    same = (Patrol.unit_id == unit.id, func.lower(Patrol.name) == name.lower())
    if (known := db.session.scalar(select(Patrol).where(*same))) is not None:
        back = "; it is retired, so bring it back." if known.retired_at else "."
        raise RuleBroken(f"There is a {unit.patrol_word} named {name} already{back}", "name")
    patrol = Patrol(id=new_id(), unit_id=unit.id, name=name)
    db.session.add(patrol)
    record(actor, "patrol added", patrol, changes={"name": (None, name)}, unit_id=unit.id)
    save_or(Conflict("Somebody added it at the same moment. Look again."))
    return patrol


def patrol_of(actor: User, unit: Unit, patrol_id: uuid.UUID) -> Patrol:
    """One patrol, locked, for an admin of its unit.

    Raises:
        NotAllowed: the actor does not administer the unit. NotFound: it has no such patrol.
    """
    refuse_unless(actor, Can.KEEP_UNIT, unit.id)
    wanted = select(Patrol).where(Patrol.id == patrol_id, Patrol.unit_id == unit.id).with_for_update()
    patrol = db.session.scalar(wanted, execution_options={"populate_existing": True})
    if patrol is None:
        raise NotFound
    return patrol


def rename_patrol(actor: User, unit: Unit, patrol_id: uuid.UUID, name: str, seen: str) -> Patrol:
    """Another name for a patrol, for whoever is and was in it.

    Raises:
        NotAllowed, NotFound: as ``patrol_of``. RuleBroken: the unit has one of this name. Stale: it was renamed since it was ``seen``.
    """
    patrol = patrol_of(actor, unit, patrol_id)
    name = " ".join(name.split())
    if patrol.name == name:
        return patrol
    if patrol.name != seen:
        raise Stale(f"Somebody else has renamed it to {patrol.name}. Save again to put your name in its place.", {}, {})
    same = (Patrol.unit_id == unit.id, func.lower(Patrol.name) == name.lower(), Patrol.id != patrol.id)
    if db.session.scalar(select(Patrol.id).where(*same)):
        raise RuleBroken(f"There is a {unit.patrol_word} named {name} already.", "name")
    record(actor, "patrol renamed", patrol, changes=assign(patrol, {"name": name}), unit_id=unit.id)
    save_or(Conflict("Somebody took this name at the same moment. Look again."))
    return patrol


def retire_patrol(actor: User, unit: Unit, patrol_id: uuid.UUID, *, back: bool = False) -> Patrol:
    """Offer a patrol to nobody any more, or again (``back``). Whoever is or was in it keeps it. Twice is once.

    Raises:
        NotAllowed, NotFound: as ``patrol_of``.
    """
    patrol = patrol_of(actor, unit, patrol_id)
    if (patrol.retired_at is None) != back:
        patrol.retired_at = None if back else now()
        record(actor, "patrol brought back" if back else "patrol retired", patrol, unit_id=unit.id)
        db.session.flush()
    return patrol


def save_or(refusal: Conflict) -> None:
    """Send what is new to the database; the unique index is the last to know."""
    try:
        db.session.flush()
    except IntegrityError as collision:
        raise refusal from collision
