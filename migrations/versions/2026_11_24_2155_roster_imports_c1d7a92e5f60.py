"""A roster file is brought in the browser, looked at, applied and taken back.

Why: an import was one command without a way back. Now it is a row, with a row for each line of the file: what it would change, and after it
is applied what it has changed.

- ``roster_imports``, ``roster_import_rows`` and ``roster_columns`` (what a unit has said of a file's columns) are new and empty.
- ``ix_people_last_key`` finds people by last name, without case, accents and marks.

Changes no row. Going down drops the three tables: plans are lost, and imports that were applied can no longer be taken back.

Revision: c1d7a92e5f60
Follows: d5b20f8e6c41
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import steps

revision = "c1d7a92e5f60"
down_revision = "d5b20f8e6c41"
branch_labels = None
depends_on = None

LAST_KEY = (
    "regexp_replace(normalize(lower(last_name), NFKD), '[\u0300-\u036f\u2010\u2011\u2018\u2019''`.,\\s-]', '', 'g')"
)


def upgrade() -> None:
    create_imports()
    create_rows()
    create_columns()
    steps.create_index("ix_people_last_key", "people", [sa.text(LAST_KEY)])


def downgrade() -> None:
    steps.drop_index("ix_people_last_key", "people")
    for table in ("roster_columns", "roster_import_rows", "roster_imports"):
        op.drop_table(table)


def create_imports() -> None:
    op.create_table(
        "roster_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("style", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cells", sa.LargeBinary(), nullable=True),
        sa.Column("rows", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("compared", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_in_file", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("patrols", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.CheckConstraint(
            "state IN ('columns', 'comparing', 'ready', 'applied', 'undone')",
            name=op.f("ck_roster_imports_state_known"),
        ),
        sa.CheckConstraint("compared BETWEEN 0 AND rows", name=op.f("ck_roster_imports_compared_within_rows")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_roster_imports_unit_id_units"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_roster_imports_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_imports")),
    )
    op.create_index("ix_roster_imports_unit_id_created_at", "roster_imports", ["unit_id", "created_at"])
    op.create_index("ix_roster_imports_state_created_at", "roster_imports", ["state", "created_at"])
    op.create_index("ix_roster_imports_by_id", "roster_imports", ["by_id"])


def create_rows() -> None:
    op.create_table(
        "roster_import_rows",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("member_number", sa.Text(), nullable=True),
        sa.Column("fresh_key", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("said", postgresql.JSONB(), nullable=True),
        sa.Column("changes", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("done", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('read', 'new', 'changed', 'unchanged', 'unclear', 'rejected')",
            name=op.f("ck_roster_import_rows_outcome_known"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["roster_imports.id"],
            name=op.f("fk_roster_import_rows_import_id_roster_imports"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_roster_import_rows_person_id_people"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_roster_import_rows")),
    )
    op.create_index("ix_roster_import_rows_outcome_line", "roster_import_rows", ["import_id", "outcome", "line"])
    op.create_index("ix_roster_import_rows_member_number", "roster_import_rows", ["import_id", "member_number"])
    op.create_index("ix_roster_import_rows_fresh_key", "roster_import_rows", ["import_id", "fresh_key"])
    op.create_index(op.f("ix_roster_import_rows_person_id"), "roster_import_rows", ["person_id"])


def create_columns() -> None:
    op.create_table(
        "roster_columns",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('youth', 'adult')", name=op.f("ck_roster_columns_kind_known")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_roster_columns_unit_id_units"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("unit_id", "fingerprint", name=op.f("pk_roster_columns")),
    )
