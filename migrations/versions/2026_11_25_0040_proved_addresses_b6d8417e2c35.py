"""An account says whether its owner has shown that they read its mailbox.

Why: an address that an admin or the holder of an invitation typed may be a stranger's, and nothing that opens the account or tells
of it goes there before (docs/decisions/0020).

New column ``users.email_proved``. Every account that is there counts as proved, as it did until now, and so does one that the
release before this one makes meanwhile. Going down drops the column.

Revision: b6d8417e2c35
Follows: a83d5c0e7b14
"""

import sqlalchemy as sa
from alembic import op

revision = "b6d8417e2c35"
down_revision = "a83d5c0e7b14"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("email_proved", sa.Boolean(), server_default=sa.text("true"), nullable=False))


def downgrade() -> None:
    op.drop_column("users", "email_proved")
