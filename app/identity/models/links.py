"""Links that let their holder in."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.identity.models.accounts import User


class PasswordLink(Model):
    """A one-time link with which its holder sets a password. Only the hash of its token is kept."""

    __tablename__ = "password_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    user: Mapped[User] = relationship(foreign_keys=user_id)
    created_by: Mapped[User | None] = relationship(foreign_keys=created_by_id)
