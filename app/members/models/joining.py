"""Ways into a unit: invitations, and requests of those who ask to join."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.families.models import Person
from app.identity.models import User
from app.units.models import Unit


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
