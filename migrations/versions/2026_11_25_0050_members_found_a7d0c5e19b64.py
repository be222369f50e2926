"""Members are found by the words that belong to them, positions have days, patrols retire, people move and are merged.

Why: a unit of 2,000 members is searched while one types, and what somebody was, and where, outlives the change of it.

- ``memberships.search`` holds the words that a member is found by, each behind the end of the unit's id (docs/decisions/0024). NULL: not
  made yet, as in rows that the release before writes; ``flask tidy`` makes them.
- ``positions`` holds what ``memberships.position`` names, one by one with its days. The text stays, and stays what old code reads.
- ``patrols.retired_at``, ``transfers``, ``member_columns``, ``person_merges`` and ``distinct_people`` are new and empty.

Fills ``search`` of every membership, a thousand at a time, and adds a row to ``positions`` for each position of today, since a day
that nobody knows. Changes nothing that was there. Going down loses the days of positions, whose names stay in the text; the choice of
columns; which patrols are retired; and the way back of merges.

Revision: a7d0c5e19b64
Follows: b6d8417e2c35
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import steps

revision = "a7d0c5e19b64"
down_revision = "b6d8417e2c35"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
# As app/members/following.py had it on this day.
SEARCH = r"""(SELECT array_to_tsvector(coalesce(array_agg(DISTINCT right(memberships.unit_id::text, 12)
    || left(word, 60)), CAST('{}' AS text[])))
    FROM people p, regexp_split_to_table(translate(regexp_replace(lower(replace(replace(replace(replace(replace(replace(replace(translate(regexp_replace(normalize(concat_ws(' ', p.first_name, p.preferred_name, p.last_name, memberships.member_number,
    (SELECT name FROM patrols WHERE patrols.id = memberships.patrol_id),
    (SELECT string_agg(u.name, ' ') FROM guardians g JOIN users u ON u.id = g.user_id WHERE g.person_id = p.id),
    (SELECT string_agg(n.name, ' ') FROM guardian_proposals n WHERE n.person_id = p.id)), NFKD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıÐð', 'OoLlDdiDd'), 'Æ', 'AE'), 'æ', 'ae'), 'Œ', 'OE'), 'œ', 'oe'), 'ß', 'ss'), 'Þ', 'Th'), 'þ', 'th')), '([^\s\|\.,;:/\(\)\&\+"_\-‐‑‒–—―]*)[''‘’`´]([^\s\|\.,;:/\(\)\&\+"_\-‐‑‒–—―]+)', '\1\2 \2', 'g'), '|.,;:/()&+"_-‐‑‒–—―''‘’`´', '                   '), E'\\s+') word WHERE p.id = memberships.person_id AND word <> '')"""  # noqa: RUF001
POSITIONS = r"""
    INSERT INTO positions (membership_id, unit_id, name)
    SELECT DISTINCT ON (m.id, lower(btrim(named))) m.id, m.unit_id, left(btrim(named), 200)
    FROM memberships m, regexp_split_to_table(m.position, '\|') named
    WHERE m.until IS NULL AND btrim(named) <> '' AND NOT EXISTS (SELECT FROM positions p WHERE p.membership_id = m.id)
    ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    op.execute("ALTER TABLE memberships ADD COLUMN IF NOT EXISTS search tsvector")
    op.execute("ALTER TABLE patrols ADD COLUMN IF NOT EXISTS retired_at timestamptz")
    tables = create_positions, create_transfers, create_columns, create_merges, create_distinct
    for create in tables:
        create()
    steps.create_index("ix_memberships_unit_id_until", "memberships", ["unit_id", "until"])
    steps.create_index(
        "ix_memberships_search",
        "memberships",
        ["search"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    steps.create_index(
        "ix_people_email_lower", "people", [sa.text("lower(email)")], postgresql_where=sa.text("email IS NOT NULL")
    )
    steps.update_in_batches("memberships", set=f"search = {SEARCH}", where="search IS NULL")
    op.execute(POSITIONS)


def downgrade() -> None:
    steps.drop_index("ix_people_email_lower", "people")
    steps.drop_index("ix_memberships_search", "memberships")
    steps.drop_index("ix_memberships_unit_id_until", "memberships")
    for table in ("distinct_people", "person_merges", "member_columns", "transfers", "positions"):
        op.drop_table(table, if_exists=True)
    op.execute("ALTER TABLE patrols DROP COLUMN IF EXISTS retired_at")
    op.execute("ALTER TABLE memberships DROP COLUMN IF EXISTS search")


def key(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    """A foreign key by the names of the house."""
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def create_positions() -> None:
    op.create_table(
        "positions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("until >= since", name=op.f("ck_positions_until_after_since")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_positions_name_length")),
        key("positions", "membership_id", "memberships"),
        key("positions", "unit_id", "units"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_positions")),
        if_not_exists=True,
    )
    live = sa.text("until IS NULL")
    op.create_index(
        "uq_positions_live", "positions", ["membership_id", sa.text("lower(name)")],
        unique=True, postgresql_where=live, if_not_exists=True,
    )  # fmt: skip
    for column in ("membership_id", "unit_id"):
        op.create_index(op.f(f"ix_positions_{column}"), "positions", [column], if_not_exists=True)


def create_transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("from_unit_id", sa.Uuid(), nullable=False),
        sa.Column("to_unit_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_transfers_state_known")
        ),
        sa.CheckConstraint("from_unit_id <> to_unit_id", name=op.f("ck_transfers_goes_elsewhere")),
        key("transfers", "person_id", "people"),
        key("transfers", "from_unit_id", "units"),
        key("transfers", "to_unit_id", "units"),
        key("transfers", "asked_by_id", "users", "SET NULL"),
        key("transfers", "decided_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        if_not_exists=True,
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_transfers_waiting", "transfers", ["from_unit_id", "person_id"],
        unique=True, postgresql_where=waiting, if_not_exists=True,
    )  # fmt: skip
    op.create_index("ix_transfers_to_unit_id_state", "transfers", ["to_unit_id", "state"], if_not_exists=True)
    op.create_index(op.f("ix_transfers_person_id"), "transfers", ["person_id"], if_not_exists=True)


def create_columns() -> None:
    op.create_table(
        "member_columns",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        key("member_columns", "user_id", "users"),
        key("member_columns", "unit_id", "units"),
        sa.PrimaryKeyConstraint("user_id", "unit_id", name=op.f("pk_member_columns")),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_member_columns_unit_id"), "member_columns", ["unit_id"], if_not_exists=True)


def create_merges() -> None:
    op.create_table(
        "person_merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        key("person_merges", "unit_id", "units"),
        key("person_merges", "kept_id", "people"),
        key("person_merges", "by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merges")),
        if_not_exists=True,
    )
    op.create_index("ix_person_merges_unit_id_at", "person_merges", ["unit_id", "at"], if_not_exists=True)
    op.create_index("ix_person_merges_at", "person_merges", ["at"], if_not_exists=True)
    for column in ("kept_id", "gone_id"):
        op.create_index(op.f(f"ix_person_merges_{column}"), "person_merges", [column], if_not_exists=True)


def create_distinct() -> None:
    op.create_table(
        "distinct_people",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("person_id < other_id", name=op.f("ck_distinct_people_in_order")),
        key("distinct_people", "person_id", "people"),
        key("distinct_people", "other_id", "people"),
        key("distinct_people", "by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("person_id", "other_id", name=op.f("pk_distinct_people")),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_distinct_people_other_id"), "distinct_people", ["other_id"], if_not_exists=True)
