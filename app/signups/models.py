"""Who comes: a family's party on an outing, the people in it, and what was agreed to."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.families.models import Person
from app.outings.models import Outing
from app.units.models import Patrol


class ParticipantState(StrEnum):
    """Confirmed has a seat, waiting stands in line; a cancelled row stays for the record."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    CANCELLED = "cancelled"


class Signup(Model):
    """One party on one outing, made by one account: a family's, or one that a leader added."""

    __tablename__ = "signups"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    outing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outings.id", ondelete="RESTRICT"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    by_leader: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # Together or not at all; otherwise: take what fits.
    together: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    __table_args__ = (
        Index("uq_signups_family", "outing_id", "user_id", unique=True, postgresql_where=text("NOT by_leader")),
        # Target of the composite foreign key: a participant's party is on the participant's outing.
        UniqueConstraint("id", "outing_id"),
    )


class Participant(Model):
    """One person in a party."""

    __tablename__ = "participants"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    signup_id: Mapped[uuid.UUID]
    outing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outings.id", ondelete="RESTRICT"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"), index=True)
    # Youth or adult when the outing starts; decides which seats this row takes.
    kind: Mapped[str]
    state: Mapped[str]
    # The place in line: parties that came together share a number, a smaller number is served first.
    queue_no: Mapped[int | None]
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id", ondelete="SET NULL"), index=True)
    patrol_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("patrols.id", ondelete="SET NULL"))
    guest_troop: Mapped[str | None]
    guest_patrol: Mapped[str | None]
    # Places that a driver offers beside the own one; empty: does not drive.
    passengers_there: Mapped[int | None]
    passengers_back: Mapped[int | None]
    note: Mapped[str | None]
    overbook_reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    signup: Mapped[Signup] = relationship(overlaps="outing")
    outing: Mapped[Outing] = relationship(overlaps="signup")
    person: Mapped[Person] = relationship()
    patrol: Mapped[Patrol | None] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(["signup_id", "outing_id"], ["signups.id", "signups.outing_id"], ondelete="RESTRICT"),
        Index(
            "uq_participants_live",
            "outing_id",
            "person_id",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ix_participants_outing_id_state_kind", "outing_id", "state", "kind"),
        Index("ix_participants_signup_id", "signup_id"),
        Index(
            "ix_participants_guest_troop_lower",
            text("lower(guest_troop)"),
            postgresql_where=text("guest_troop IS NOT NULL"),
        ),
        # A guest's troop is found however it was typed; empty is NULL.
        CheckConstraint(r"guest_troop <> '' AND guest_troop = btrim(guest_troop, E' \t\r\n')", name="guest_troop_tidy"),
        CheckConstraint(
            r"guest_patrol <> '' AND guest_patrol = btrim(guest_patrol, E' \t\r\n')", name="guest_patrol_tidy"
        ),
        CheckConstraint("kind IN ('youth', 'adult')", name="kind_known"),
        CheckConstraint("state IN ('confirmed', 'waiting', 'cancelled')", name="state_known"),
        CheckConstraint("(state = 'waiting') = (queue_no IS NOT NULL)", name="waiting_has_place_in_line"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
        CheckConstraint("state <> 'confirmed' OR confirmed_at IS NOT NULL", name="confirmed_has_time"),
        CheckConstraint("passengers_there BETWEEN 0 AND 60", name="passengers_there_plausible"),
        CheckConstraint("passengers_back BETWEEN 0 AND 60", name="passengers_back_plausible"),
        CheckConstraint(
            "kind = 'adult' OR (passengers_there IS NULL AND passengers_back IS NULL)", name="only_adults_drive"
        ),
    )


class Submission(Model):
    """A sign-up form that arrived. The second arrival of the same key shows the first one's result."""

    __tablename__ = "submissions"

    # The form's key counts within its outing and account: nobody can spend a key of somebody else's.
    outing_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outings.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    # Tells a form sent twice from an old page sent again with other ticks.
    digest: Mapped[str]
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())


class Consent(Model):
    """A guardian's permission, with the outing as it was described when it was given."""

    __tablename__ = "consents"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    signup_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("signups.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    given_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    text_version: Mapped[str]
    # Dates, place and cost at that time; a later difference makes the consent stale.
    terms: Mapped[dict[str, Any]]

    # Without it SQLAlchemy would not know to insert the party first.
    signup: Mapped[Signup] = relationship()
