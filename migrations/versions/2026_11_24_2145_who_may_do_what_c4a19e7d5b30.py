"""Roles that end, leads of an outing, accounts that are kept out, and homes of a child.

Why: a leader for a weekend, health notes that only an outing's leads open, and two homes that do not read each other's numbers.

- ``outing_leads`` says who leads an outing. Whoever planned one leads it from the start (``outings.created_by_id``); where that
  is not known, nobody does, and a leader of the host makes themselves lead on the outing's page.
- ``roles.until``, ``users.suspended_at`` and ``emergency_contacts.home_of_id`` are empty: nothing ends, nobody is kept
  out, every contact stays shared. ``units.lists_outings`` is false: strangers see what they saw before, nothing.
- ``guardian_invitations`` holds one-time links that make a guardian.

The release before this one runs on: it sets none of the new columns. Until it is gone, its leaders open health notes as before.
Going down drops all of it: roles that ended hold again, suspended accounts sign in again.

Revision: c4a19e7d5b30
Follows: c41e8a7d2f06
"""

import sqlalchemy as sa
from alembic import op

revision = "c4a19e7d5b30"
down_revision = "c41e8a7d2f06"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
HOME = "fk_emergency_contacts_home_of_id_users"


def upgrade() -> None:
    op.add_column("users", sa.Column("suspended_at", MOMENT))
    op.add_column("roles", sa.Column("until", MOMENT))
    op.add_column("units", sa.Column("lists_outings", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("units", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("emergency_contacts", sa.Column("home_of_id", sa.Uuid()))
    create_outing_leads()
    create_guardian_invitations()
    op.execute(
        f"ALTER TABLE emergency_contacts ADD CONSTRAINT {HOME} FOREIGN KEY (home_of_id) REFERENCES users (id) "
        "ON DELETE CASCADE NOT VALID"
    )


def create_outing_leads() -> None:
    op.create_table(
        "outing_leads",
        sa.Column("outing_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("since", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["outing_id"], ["outings.id"], name=op.f("fk_outing_leads_outing_id_outings"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_outing_leads_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("outing_id", "user_id", name=op.f("pk_outing_leads")),
    )
    op.create_index(op.f("ix_outing_leads_user_id"), "outing_leads", ["user_id"])
    op.execute(
        "INSERT INTO outing_leads (outing_id, user_id) SELECT id, created_by_id FROM outings WHERE created_by_id IS NOT NULL"
    )


def create_guardian_invitations() -> None:
    op.create_table(
        "guardian_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("relationship_to", sa.Text(), nullable=True),
        sa.Column("may_sign_up", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("may_consent", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("may_see_health", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name=op.f("fk_guardian_invitations_created_by_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_guardian_invitations_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_guardian_invitations_token_hash")),
    )
    op.create_index(op.f("ix_guardian_invitations_person_id"), "guardian_invitations", ["person_id"])


def downgrade() -> None:
    op.drop_table("guardian_invitations")
    op.drop_table("outing_leads")
    op.drop_column("emergency_contacts", "home_of_id")
    op.drop_column("units", "version")
    op.drop_column("units", "lists_outings")
    op.drop_column("roles", "until")
    op.drop_column("users", "suspended_at")
