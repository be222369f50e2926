"""The audit log is read by time and by who acted; the homes of contacts are checked. Changes no row.

Apart from the revision before it because an index is built outside of a transaction: cut off, it is run again from its start.

Revision: d5b20f8e6c41
Follows: c4a19e7d5b30
"""

from migrations import steps

revision = "d5b20f8e6c41"
down_revision = "c4a19e7d5b30"
branch_labels = None
depends_on = None


def upgrade() -> None:
    steps.create_index("ix_audit_entries_actor_id_at", "audit_entries", ["actor_id", "at"])
    steps.create_index("ix_audit_entries_at_id", "audit_entries", ["at", "id"])
    steps.validate("emergency_contacts", "fk_emergency_contacts_home_of_id_users")


def downgrade() -> None:
    steps.drop_index("ix_audit_entries_at_id", "audit_entries")
    steps.drop_index("ix_audit_entries_actor_id_at", "audit_entries")
