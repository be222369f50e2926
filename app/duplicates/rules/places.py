"""Places in units of two rows for one human: in a unit where both are members, one place stays."""

import uuid
from typing import Any

from sqlalchemy import select, update

from app.extensions import db
from app.members.models import Membership, Position

PLACE = ("patrol_id", "member_number", "registered", "since")


def live_places(person_id: uuid.UUID) -> dict[uuid.UUID, Membership]:
    """Today's places by unit."""
    wanted = select(Membership).where(Membership.person_id == person_id, Membership.until.is_(None))
    return {place.unit_id: place for place in db.session.scalars(wanted)}


def move_places(kept: uuid.UUID, gone: uuid.UUID, chosen: dict[uuid.UUID, dict[str, Any]]) -> None:
    """What was and what is in units goes along; where both are in a unit, the values that were ``chosen`` for it stay."""
    here, there = live_places(kept), live_places(gone)
    for unit_id in sorted(here.keys() & there.keys()):
        join_places(here[unit_id], there[unit_id], chosen.get(unit_id, {}))
    db.session.flush()
    db.session.execute(update(Membership).where(Membership.person_id == gone).values(person_id=kept))
    db.session.expire_all()


def join_places(stays: Membership, goes: Membership, values: dict[str, Any]) -> None:
    """Positions of both, and one place."""
    names = [part.strip() for place in (stays, goes) for part in (place.position or "").split("|") if part.strip()]
    text = " | ".join(
        {name.casefold(): name for name in reversed(names)}[key] for key in dict.fromkeys(map(str.casefold, names))
    )
    # What both have today stays once; what was is history of the place that stays.
    held = select(Position.name).where(Position.membership_id == stays.id, Position.until.is_(None))
    live = {name.casefold() for name in db.session.scalars(held)}
    for position in db.session.scalars(select(Position).where(Position.membership_id == goes.id)):
        if position.until is not None or position.name.casefold() not in live:
            position.membership_id = stays.id
    db.session.flush()
    db.session.delete(goes)
    db.session.flush()
    for name, value in (values | {"position": text or None}).items():
        setattr(stays, name, value)
    db.session.flush()
