"""A family says more: who may collect a child, where photos may be seen, the school grade; adults claim trainings.

- New tables ``collectors`` (rows in place of the one note about picking up) and ``training_claims`` (what an adult says to have
  completed, until a leader confirms it).
- ``people.photo_consent`` with its date and giver, ``people.grade`` with the day on which it was said, and
  ``trainings.completed_on``. All are empty: nobody has been asked.

Changes no row. ``people.pick_up_note`` stays, with its text; it is shown beside the new rows. The release before this one runs on
and knows nothing of all this. It may be cut off anywhere and run again. Going down drops what was said meanwhile; the old notes
are where they were.

Revision: a83d5c0e7b14
Follows: f19b4c6d8e25
"""

import sqlalchemy as sa
from alembic import op

from migrations import steps

revision = "a83d5c0e7b14"
down_revision = "f19b4c6d8e25"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COLUMNS = (
    ("people", "photo_consent", "text"),
    ("people", "photo_consent_at", "timestamp with time zone"),
    ("people", "photo_consent_by_id", "uuid"),
    ("people", "grade", "integer"),
    ("people", "grade_said_on", "date"),
    ("trainings", "completed_on", "date"),
)
CHECKS = (
    ("ck_people_photo_consent_known", "photo_consent IN ('none', 'unit', 'public_unnamed', 'public')"),
    ("ck_people_photo_consent_has_a_date", "(photo_consent IS NULL) = (photo_consent_at IS NULL)"),
    ("ck_people_grade_known", "grade BETWEEN 0 AND 12"),
    ("ck_people_grade_has_a_date", "(grade IS NULL) = (grade_said_on IS NULL)"),
)
GIVER = "fk_people_photo_consent_by_id_users"


def upgrade() -> None:
    for table, column, kind in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} {kind}")
    for name, condition in CHECKS:
        steps.add_check("people", name, condition)
    # What is dropped is this same one, left by a run that was cut off.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE people DROP CONSTRAINT IF EXISTS {GIVER}")
    op.execute(
        f"ALTER TABLE people ADD CONSTRAINT {GIVER} FOREIGN KEY (photo_consent_by_id) REFERENCES users (id) "
        "ON DELETE SET NULL NOT VALID"
    )
    # The index commits all that, and with it its locks.
    steps.create_index(
        "ix_people_photo_consent_by_id",
        "people",
        ["photo_consent_by_id"],
        postgresql_where=sa.text("photo_consent_by_id IS NOT NULL"),
    )
    for name, _ in CHECKS:
        steps.validate("people", name)
    steps.validate("people", GIVER)
    add_collectors()
    add_claims()


def add_collectors() -> None:
    op.create_table(
        "collectors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("may_collect", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("home_of_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 120", name=op.f("ck_collectors_name_length")),
        sa.CheckConstraint("length(note) <= 300", name=op.f("ck_collectors_note_length")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_collectors_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["home_of_id"], ["users.id"], name=op.f("fk_collectors_home_of_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collectors")),
    )
    op.create_index(op.f("ix_collectors_person_id"), "collectors", ["person_id"])
    op.create_index(op.f("ix_collectors_home_of_id"), "collectors", ["home_of_id"])


def add_claims() -> None:
    op.create_table(
        "training_claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("claimed_by_id", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'confirmed', 'refused', 'withdrawn')", name=op.f("ck_training_claims_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_training_claims_decided_has_a_date")
        ),
        sa.CheckConstraint(
            "completed_on IS NOT NULL OR expires_on IS NOT NULL", name=op.f("ck_training_claims_has_a_date")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_training_claims_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by_id"], ["users.id"], name=op.f("fk_training_claims_claimed_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_training_claims_decided_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_claims")),
    )
    for column in ("person_id", "claimed_by_id", "decided_by_id"):
        op.create_index(op.f(f"ix_training_claims_{column}"), "training_claims", [column])
    op.create_index(
        "uq_training_claims_waiting",
        "training_claims",
        ["person_id", "code"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("training_claims")
    op.drop_table("collectors")
    for table, column, _ in reversed(COLUMNS):
        op.drop_column(table, column)
