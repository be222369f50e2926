"""Accounts may have a second factor: an authenticator app or passkeys, and recovery codes.

New tables ``second_factors`` and ``recovery_codes``. Changes no row.

Going down drops both: whoever had a second factor signs in without one and sets it up again after the next upgrade.

Revision: 5b7d2a8e6c31
Follows: c1d7a92e5f60
"""

import sqlalchemy as sa
from alembic import op

revision = "5b7d2a8e6c31"
down_revision = "c1d7a92e5f60"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text()),
        sa.Column("last_step", sa.Integer()),
        sa.Column("credential_id", sa.Text()),
        sa.Column("public_key", sa.Text()),
        sa.Column("sign_count", sa.BigInteger()),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factors")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_second_factors_credential_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id_users"), ondelete="CASCADE"
        ),
        sa.CheckConstraint("kind IN ('app', 'passkey')", name=op.f("ck_second_factors_kind_known")),
        sa.CheckConstraint("kind <> 'app' OR secret IS NOT NULL", name=op.f("ck_second_factors_app_has_secret")),
        sa.CheckConstraint(
            "kind <> 'passkey' OR (credential_id IS NOT NULL AND public_key IS NOT NULL AND sign_count IS NOT NULL)",
            name=op.f("ck_second_factors_passkey_has_key"),
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_second_factors_name_length")),
    )
    op.create_index("ix_second_factors_user_id", "second_factors", ["user_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id_users"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])


def downgrade() -> None:
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
