"""A person's place in a unit: the unit's side of the same people."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.families.models import Person
from app.identity.models import User
from app.units.models import Patrol, Unit


class Membership(Model):
    """Person x unit, from a day until a day; live while ``until`` is empty."""

    __tablename__ = "memberships"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    patrol_id: Mapped[uuid.UUID | None]
    # As the roster words it; several are joined by " | ".
    position: Mapped[str | None]
    member_number: Mapped[str | None]
    registered: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    since: Mapped[date | None]
    until: Mapped[date | None]

    person: Mapped[Person] = relationship()
    unit: Mapped[Unit] = relationship(overlaps="patrol")
    patrol: Mapped[Patrol | None] = relationship(overlaps="unit")

    __table_args__ = (
        # The patrol is one of the same unit.
        ForeignKeyConstraint(["patrol_id", "unit_id"], ["patrols.id", "patrols.unit_id"]),
        Index("uq_memberships_live", "unit_id", "person_id", unique=True, postgresql_where=text("until IS NULL")),
        Index(
            "uq_memberships_live_number",
            "unit_id",
            "member_number",
            unique=True,
            postgresql_where=text("until IS NULL AND member_number IS NOT NULL"),
        ),
        Index("ix_memberships_member_number", "member_number"),
        Index("ix_memberships_patrol_id", "patrol_id"),
        CheckConstraint("until >= since", name="until_after_since"),
    )


class ImportState(StrEnum):
    """How far an import is."""

    COLUMNS = "columns"  # somebody has to say what the columns hold
    COMPARING = "comparing"
    READY = "ready"
    APPLIED = "applied"
    UNDONE = "undone"


class Outcome(StrEnum):
    """What becomes of a row of the file."""

    READ = "read"  # not compared yet
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNCLEAR = "unclear"
    REJECTED = "rejected"


class RosterImport(Model):
    """A roster file that somebody brought: what it would change, then what it has changed.

    What was read of the file is kept here and nowhere else, until the import is made, or for a day.
    """

    __tablename__ = "roster_imports"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    # Empty for the command, and once the account is gone. A plan is its maker's alone until it is applied.
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    file_name: Mapped[str]
    style: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    # The table of a file whose columns nobody knew, compressed; gone with the plan.
    cells: Mapped[bytes | None]
    rows: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    compared: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    not_in_file: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    # Ids of the patrols that it added.
    patrols: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'::jsonb"))

    unit: Mapped[Unit] = relationship()

    __table_args__ = (
        CheckConstraint("state IN ('columns', 'comparing', 'ready', 'applied', 'undone')", name="state_known"),
        CheckConstraint("compared BETWEEN 0 AND rows", name="compared_within_rows"),
        Index("ix_roster_imports_unit_id_created_at", "unit_id", "created_at"),
        Index("ix_roster_imports_state_created_at", "state", "created_at"),
        Index("ix_roster_imports_by_id", "by_id"),
    )


class ImportRow(Model):
    """One row of a roster file, in the order in which rows are compared: those with a member number first."""

    __tablename__ = "roster_import_rows"

    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("roster_imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int]
    outcome: Mapped[str]
    name: Mapped[str]
    member_number: Mapped[str | None]
    # Under which a second row for the same new person would be found.
    fresh_key: Mapped[str | None]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    # Why it cannot be used, or which cells were left out.
    remark: Mapped[str | None]
    # The row as it was read, while it is a plan.
    said: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # [{"key", "before", "after", "on"}]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'::jsonb"))
    # What was written, for whoever takes it back.
    done: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        CheckConstraint(
            "outcome IN ('read', 'new', 'changed', 'unchanged', 'unclear', 'rejected')", name="outcome_known"
        ),
        Index("ix_roster_import_rows_outcome_line", "import_id", "outcome", "line"),
        Index("ix_roster_import_rows_member_number", "import_id", "member_number"),
        Index("ix_roster_import_rows_fresh_key", "import_id", "fresh_key"),
    )


class ColumnMemory(Model):
    """What a unit has said of the columns of a file, for the next file with the same ones."""

    __tablename__ = "roster_columns"

    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    # Label -> field.
    fields: Mapped[dict[str, Any]]
    kind: Mapped[str | None]
    used_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    __table_args__ = (CheckConstraint("kind IN ('youth', 'adult')", name="kind_known"),)


class Invitation(Model):
    """A way into a unit, by mail or on paper. With a child it works once; without one it lets its holder ask to join.

    Only the hash of its token is kept; the token of a mailed one is made when the mail leaves.
    """

    __tablename__ = "invitations"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    email: Mapped[str | None]
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    # Whoever loses the right to invite takes the open invitations along.
    created_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    expires_at: Mapped[datetime]
    # When it was accepted or taken back; it opens nothing from then on.
    ended_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()
    person: Mapped[Person | None] = relationship()
    created_by: Mapped[User] = relationship()

    __table_args__ = (
        Index("ix_invitations_unit_id_created_at", "unit_id", "created_at"),
        CheckConstraint("token_hash IS NOT NULL OR email IS NOT NULL", name="token_or_email"),
    )


class RequestState(StrEnum):
    """A request counts once its address is proved; an admin decides about it."""

    UNPROVED = "unproved"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class JoinRequest(Model):
    """Somebody asks to be let into a unit, or to be connected with the child of a printed invitation."""

    __tablename__ = "join_requests"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    invitation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("invitations.id", ondelete="SET NULL"), index=True
    )
    # Who asks: known once the address is proved.
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    email: Mapped[str]
    relationship_to: Mapped[str | None]
    message: Mapped[str | None]
    state: Mapped[str]
    # Of the link that proves the address.
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    reply: Mapped[str | None]

    unit: Mapped[Unit] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=user_id)

    __table_args__ = (
        Index("ix_join_requests_unit_id_state_created_at", "unit_id", "state", "created_at"),
        # Asking again changes nothing.
        Index(
            "uq_join_requests_waiting", "unit_id", "user_id", unique=True, postgresql_where=text("state = 'waiting'")
        ),
        CheckConstraint("state IN ('unproved', 'waiting', 'accepted', 'declined')", name="state_known"),
        CheckConstraint("state = 'unproved' OR user_id IS NOT NULL", name="proved_by_somebody"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
    )
