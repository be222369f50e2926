"""What families say about health and diet is more than two texts, and is sealed.

Why: a stolen copy of the database must not tell who is allergic to what (docs/decisions/0021-health-is-sealed.md).

- ``health_notes.sealed`` holds all answers about one person, encrypted with HEALTH_KEY; ``key_id`` says with which. ``flags`` holds,
  sealed too, the few words that everybody on an outing's staff sees. ``confirmed_at`` is when a guardian last said that all this
  is right.
- ``people.form_in_binder`` is false: nobody has been asked.

Changes no row. The words in ``diet`` and ``allergies`` stay, readable by this release and the one before, which both write while one
takes the other's place. When the one before is gone, ``flask rotate-health-key`` seals them, a few at a time; a later revision
drops the two columns. It may be cut off anywhere and run again.

Going down drops what is sealed, and with it what was answered since: take a backup first, or leave the columns where they are.

Revision: b7e2d94c6a51
Follows: a7d0c5e19b64
"""

from alembic import op

from migrations import steps

revision = "b7e2d94c6a51"
down_revision = "a7d0c5e19b64"
branch_labels = None
depends_on = None

COLUMNS = (
    ("sealed", "bytea"),
    ("flags", "bytea"),
    ("key_id", "text"),
    ("confirmed_at", "timestamp with time zone"),
)
CHECKS = (
    ("ck_health_notes_key_is_named", "(sealed IS NULL) = (key_id IS NULL)"),
    ("ck_health_notes_flags_of_what_is_sealed", "flags IS NULL OR sealed IS NOT NULL"),
)


def upgrade() -> None:
    for column, kind in COLUMNS:
        op.execute(f"ALTER TABLE health_notes ADD COLUMN IF NOT EXISTS {column} {kind}")
    op.execute("ALTER TABLE people ADD COLUMN IF NOT EXISTS form_in_binder boolean DEFAULT false NOT NULL")
    for name, condition in CHECKS:
        steps.add_check("health_notes", name, condition)
    steps.commit()
    for name, _ in CHECKS:
        steps.validate("health_notes", name)


def downgrade() -> None:
    op.drop_column("people", "form_in_binder")
    for name, _ in CHECKS:
        op.execute(f"ALTER TABLE health_notes DROP CONSTRAINT IF EXISTS {name}")
    for column, _ in reversed(COLUMNS):
        op.drop_column("health_notes", column)
