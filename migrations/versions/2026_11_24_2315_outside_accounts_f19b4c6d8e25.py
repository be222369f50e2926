"""Accounts elsewhere sign in here: by OpenID Connect, where a site has set a provider up.

New table ``outside_accounts``. Changes no row. Going down drops it: its owners sign in as before and connect again later.

Revision: f19b4c6d8e25
Follows: f04b6d2c8e19
"""

import sqlalchemy as sa
from alembic import op

revision = "f19b4c6d8e25"
down_revision = "f04b6d2c8e19"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outside_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_outside_accounts_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_accounts")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_outside_accounts_issuer_subject")),
    )
    op.create_index(op.f("ix_outside_accounts_user_id"), "outside_accounts", ["user_id"])


def downgrade() -> None:
    op.drop_table("outside_accounts")
