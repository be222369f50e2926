"""Who signs in."""

import uuid
from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, Column, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.extensions import Model, new_id


class User(UserMixin, Model):
    """An account that signs in. Adults only: no child has one."""

    __tablename__ = "users"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    # Whether the owner has shown that they read it. One that somebody else typed may be a stranger's (docs/decisions/0020).
    email_proved: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    username: Mapped[str | None]
    name: Mapped[str]
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    is_site_admin: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    last_sign_in_at: Mapped[datetime | None]
    # Since when a site admin keeps this account out; such an account neither signs in nor is loaded.
    suspended_at: Mapped[datetime | None]
    # When it is deleted, because its owner asked for that; empty again when they change their mind.
    leaves_at: Mapped[datetime | None]

    __table_args__ = (
        # The release before this one reads it. The next one drops it.
        Column("session_key", Text(), unique=True, nullable=False, server_default=text("(gen_random_uuid())::text")),
        Index("uq_users_email_lower", text("lower(email)"), unique=True),
        Index("uq_users_username_lower", text("lower(username)"), unique=True),
        CheckConstraint("position('@' in email) > 1", name="email_has_at"),
        # A username with an @ could be taken for somebody else's email at sign-in.
        CheckConstraint("position('@' in username) = 0", name="username_has_no_at"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
    )

    __mapper_args__ = {"exclude_properties": ["session_key"]}  # noqa: RUF012

    def __eq__(self, other: object) -> bool:
        """The same account; the mixin would compare sessions."""
        return isinstance(other, User) and self.id == other.id

    __hash__ = object.__hash__

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the token of the session that this account came in by."""
        token: str = self.__dict__["session_token"]
        return token
