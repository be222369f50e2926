"""Sessions have a table: one row for each browser in which an account is signed in.

Why: a list of one's devices, an end to each of them, and a copied cookie that is worth nothing after signing out.

- New table ``browser_sessions``. It begins empty: **everybody signs in once more after this upgrade.**
- ``users.session_key`` gets a default, because the new release neither reads nor writes it. The release before goes on with
  it while both run. A later revision drops it.

A browser that meets both releases while they run side by side may be asked to sign in more than once. Changes no row.

Going down drops the table; the release before then knows its own sessions again, those that began before the upgrade.

Revision: 3c6e9b1f4d20
Follows: b83d4f0c9a17
"""

import sqlalchemy as sa
from alembic import op

revision = "3c6e9b1f4d20"
down_revision = "b83d4f0c9a17"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("ALTER TABLE users ALTER COLUMN session_key SET DEFAULT gen_random_uuid()::text")
    op.create_table(
        "browser_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("remembered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_browser_sessions_token_hash")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_browser_sessions_user_id_users"), ondelete="CASCADE"
        ),
        sa.CheckConstraint("length(device) BETWEEN 1 AND 100", name=op.f("ck_browser_sessions_device_length")),
    )
    op.create_index("ix_browser_sessions_user_id", "browser_sessions", ["user_id"])
    op.create_index("ix_browser_sessions_created_at", "browser_sessions", ["created_at"])


def downgrade() -> None:
    op.drop_table("browser_sessions")
    op.execute("ALTER TABLE users ALTER COLUMN session_key DROP DEFAULT")
