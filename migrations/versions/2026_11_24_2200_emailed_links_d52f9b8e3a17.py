"""Links that are sent by mail: to sign in, to choose a new password, to change the address of an account.

Why: a parent needs no password, and nobody who forgot one has to ask a leader.

- New table ``emailed_links``. It holds hashes, never a token or a code.

Nothing else changes, so nobody is kept waiting. Going down drops the table: links that are under way open nothing.

Revision: d52f9b8e3a17
Follows: 5b7d2a8e6c31
"""

import sqlalchemy as sa
from alembic import op

revision = "d52f9b8e3a17"
down_revision = "5b7d2a8e6c31"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "emailed_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('sign_in', 'password', 'email', 'email_back')", name=op.f("ck_emailed_links_purpose_known")
        ),
        sa.CheckConstraint(
            "(email IS NOT NULL) = (purpose IN ('email', 'email_back'))",
            name=op.f("ck_emailed_links_email_where_it_changes"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_emailed_links_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emailed_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_emailed_links_token_hash")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_emailed_links_code_hash")),
    )
    op.create_index("ix_emailed_links_user_id", "emailed_links", ["user_id"])


def downgrade() -> None:
    op.drop_table("emailed_links")
