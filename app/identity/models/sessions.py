"""Browsers that are signed in."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.extensions import Model, new_id

MOST_SESSIONS = 50  # browsers of an account at once; one more ends the one that was used longest ago


class BrowserSession(Model):
    """One browser in which an account is signed in. The browser holds the token, this row only its hash; no address is kept."""

    __tablename__ = "browser_sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    device: Mapped[str]  # in words, such as "Firefox on Android"
    remembered: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    # Not to the second: written at most once in five minutes. No index, so that the update stays within its page.
    last_used_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    # When its owner last gave the password or the second factor.
    confirmed_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    __table_args__ = (
        Index("ix_browser_sessions_user_id", "user_id"),
        Index("ix_browser_sessions_created_at", "created_at"),
        CheckConstraint("length(device) BETWEEN 1 AND 100", name="device_length"),
    )
