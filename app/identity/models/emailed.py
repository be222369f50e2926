"""What was sent to a mailbox to show that its owner reads it."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.identity.models.accounts import User


class Purpose(StrEnum):
    """What an emailed link is good for."""

    SIGN_IN = "sign_in"
    PASSWORD = "password"  # choose a new one  # nosec B105
    EMAIL = "email"  # the address that it went to becomes the account's
    EMAIL_BACK = "email_back"  # the address that it went to becomes the account's again


class EmailedLink(Model):
    """A link that works once, for a while. Only hashes are kept, of its token and of the code that stands beside it."""

    __tablename__ = "emailed_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    # Of the browser that asked, and the code together: the code is worth nothing in another one.
    code_hash: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    user: Mapped[User] = relationship()

    __table_args__ = (
        CheckConstraint("purpose IN ('sign_in', 'password', 'email', 'email_back')", name="purpose_known"),
        CheckConstraint("(email IS NOT NULL) = (purpose IN ('email', 'email_back'))", name="email_where_it_changes"),
    )
