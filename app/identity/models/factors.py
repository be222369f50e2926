"""The second thing that somebody shows at sign-in, beside the password."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.extensions import Model, new_id

MOST_FACTORS = 10  # of one account


class SecondFactor(Model):
    """An authenticator app (``app``) or a passkey (``passkey``). Secrets are sealed (identity/vault.py) and never shown again."""

    __tablename__ = "second_factors"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    # Of an app: its sealed secret, and the number of the last half minute whose code was used, so that none is used twice.
    secret: Mapped[str | None]
    last_step: Mapped[int | None]
    # Of a passkey: what WebAuthn calls it, in base64url.
    credential_id: Mapped[str | None] = mapped_column(unique=True)
    public_key: Mapped[str | None]
    sign_count: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    last_used_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('app', 'passkey')", name="kind_known"),
        CheckConstraint("kind <> 'app' OR secret IS NOT NULL", name="app_has_secret"),
        CheckConstraint(
            "kind <> 'passkey' OR (credential_id IS NOT NULL AND public_key IS NOT NULL AND sign_count IS NOT NULL)",
            name="passkey_has_key",
        ),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
    )


class RecoveryCode(Model):
    """A code on paper that stands in for a lost factor once. Only its hash is kept; using it deletes the row."""

    __tablename__ = "recovery_codes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
