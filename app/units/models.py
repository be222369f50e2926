"""Units and their patrols, and what accounts may do in a unit."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, or_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.identity.models import User


class UnitKind(StrEnum):
    """What a unit calls itself; a pack's patrols are dens, a ship's are crews."""

    TROOP = "troop"
    PACK = "pack"
    CREW = "crew"
    SHIP = "ship"
    POST = "post"
    GROUP = "group"


PATROL_WORDS = {UnitKind.PACK: "den", UnitKind.CREW: "crew", UnitKind.SHIP: "crew", UnitKind.GROUP: "lodge"}


class Unit(Model):
    """A troop, pack, crew, ship, post or group."""

    __tablename__ = "units"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(default=UnitKind.TROOP)
    number: Mapped[str | None]
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="America/New_York")
    policy_preset: Mapped[str] = mapped_column(default="scouting_america")
    # Whether strangers may read when and where its published outings are; never who comes.
    lists_outings: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # Whether somebody without an invitation may ask to join, at the unit's own address.
    takes_requests: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    __table_args__ = (
        Index("uq_units_name_lower", text("lower(name)"), unique=True),
        CheckConstraint("kind IN ('troop', 'pack', 'crew', 'ship', 'post', 'group')", name="kind_known"),
        CheckConstraint(
            "policy_preset IN ('scouting_america', 'scouts_uk', 'scouts_canada', 'neutral')", name="policy_preset_known"
        ),
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="name_length"),
    )

    @property
    def patrol_word(self) -> str:
        """What this kind of unit calls a patrol."""
        return PATROL_WORDS.get(UnitKind(self.kind), "patrol")


class Patrol(Model):
    """A patrol, den or lodge of a unit."""

    __tablename__ = "patrols"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    name: Mapped[str]
    # Since when it is offered to nobody any more; whoever is or was in it keeps it.
    retired_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()

    __table_args__ = (
        Index("uq_patrols_unit_id_name_lower", "unit_id", text("lower(name)"), unique=True),
        # So that whoever records a patrol can be held to a patrol of the same unit.
        UniqueConstraint("id", "unit_id"),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
    )


class RoleName(StrEnum):
    """``leader`` plans outings and edits rosters; ``admin`` does that and keeps members and roles."""

    LEADER = "leader"
    ADMIN = "admin"


class Role(Model):
    """What one account may do in one unit. A parent needs none."""

    __tablename__ = "roles"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"), primary_key=True, index=True)
    name: Mapped[str]
    granted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    granted_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    # The moment from which the role does nothing any more; empty: until somebody takes it away.
    until: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=user_id)
    unit: Mapped[Unit] = relationship()

    __table_args__ = (CheckConstraint("name IN ('leader', 'admin')", name="name_known"),)


# Every statement that gives somebody something because of a role asks this too. The database's clock decides: it is one
# for all processes, and a role runs out in the middle of a session.
HOLDS = or_(Role.until.is_(None), Role.until > func.now())
