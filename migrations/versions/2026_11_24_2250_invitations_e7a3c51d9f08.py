"""Families are invited into a unit, and may ask to join it.

Why: a parent comes in by a mail or a sheet of paper, without an admin who types their address.

- ``invitations`` are ways into a unit, with or without a child; only hashes of their tokens are kept.
- ``join_requests`` wait for an admin, once the address is proved.
- ``units.takes_requests`` is false: nobody may ask without an invitation.

The release before this one runs on. Going down drops both tables: links and requests that are under way come to nothing.

Revision: e7a3c51d9f08
Follows: d52f9b8e3a17
"""

import sqlalchemy as sa
from alembic import op

revision = "e7a3c51d9f08"
down_revision = "d52f9b8e3a17"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("units", sa.Column("takes_requests", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    create_invitations()
    create_join_requests()


def create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("token_hash IS NOT NULL OR email IS NOT NULL", name=op.f("ck_invitations_token_or_email")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_invitations_unit_id_units"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_invitations_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_invitations_created_by_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index("ix_invitations_unit_id_created_at", "invitations", ["unit_id", "created_at"])
    op.create_index(op.f("ix_invitations_person_id"), "invitations", ["person_id"])
    op.create_index(op.f("ix_invitations_created_by_id"), "invitations", ["created_by_id"])


def create_join_requests() -> None:
    op.create_table(
        "join_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("relationship_to", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('unproved', 'waiting', 'accepted', 'declined')", name=op.f("ck_join_requests_state_known")
        ),
        sa.CheckConstraint(
            "state = 'unproved' OR user_id IS NOT NULL", name=op.f("ck_join_requests_proved_by_somebody")
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_join_requests_name_length")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_join_requests_unit_id_units"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_join_requests_invitation_id_invitations"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_join_requests_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_join_requests_decided_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_requests")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_join_requests_token_hash")),
    )
    op.create_index("ix_join_requests_unit_id_state_created_at", "join_requests", ["unit_id", "state", "created_at"])
    op.create_index(op.f("ix_join_requests_invitation_id"), "join_requests", ["invitation_id"])
    op.create_index(op.f("ix_join_requests_user_id"), "join_requests", ["user_id"])
    op.create_index(
        "uq_join_requests_waiting",
        "join_requests",
        ["unit_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("join_requests")
    op.drop_table("invitations")
    op.drop_column("units", "takes_requests")
