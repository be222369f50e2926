"""Participants of several troops can be found by troop.

Why: a roster of a camp that several troops share is read troop by troop, and the troop and patrol of a guest are what a leader
typed.

- ``guest_troop`` and ``guest_patrol`` lose the blanks around them, and an empty one becomes NULL. Nothing else in any row
  changes, ``version`` included: a form that lies open may still be saved.
- From then on the database refuses a blank or padded one (``guest_troop_tidy``, ``guest_patrol_tidy``).
- ``ix_participants_unit_id`` and ``ix_participants_guest_troop_lower`` serve queries by troop.

It runs while people sign up, and may be cut off anywhere and run again. The order matters: the release before this one
strips already what it writes, so no new untidy row can appear behind the backfill, while a CHECK that came first would refuse
changes to rows that are not tidy yet. The statements that need a strong lock take a moment; those that read every row let
everybody work.

Going down drops the indexes and the CHECKs. The blanks do not come back: nothing tells who had which.

Revision: b83d4f0c9a17
Follows: 7e1f5c0a2b41
"""

import sqlalchemy as sa
from alembic import op

from migrations import steps

revision = "b83d4f0c9a17"
down_revision = "7e1f5c0a2b41"
branch_labels = None
depends_on = None

COLUMNS = ("guest_troop", "guest_patrol")
BLANKS = r"E' \t\r\n'"


def upgrade() -> None:
    for column in COLUMNS:
        steps.update_in_batches(
            "participants",
            set=f"{column} = NULLIF(btrim({column}, {BLANKS}), '')",
            where=f"{column} = '' OR {column} <> btrim({column}, {BLANKS})",
        )
    for column in COLUMNS:
        steps.add_check(
            "participants",
            f"ck_participants_{column}_tidy",
            f"{column} <> '' AND {column} = btrim({column}, {BLANKS})",
        )
    # The first of these commits the CHECKs, and with them their lock.
    steps.create_index("ix_participants_unit_id", "participants", ["unit_id"])
    steps.create_index(
        "ix_participants_guest_troop_lower",
        "participants",
        [sa.text("lower(guest_troop)")],
        postgresql_where=sa.text("guest_troop IS NOT NULL"),
    )
    for column in COLUMNS:
        steps.validate("participants", f"ck_participants_{column}_tidy")


def downgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE participants DROP CONSTRAINT IF EXISTS ck_participants_{column}_tidy")
    steps.drop_index("ix_participants_guest_troop_lower", "participants")
    steps.drop_index("ix_participants_unit_id", "participants")
