"""Accounts can be deleted by their owners, and people become nameless.

Why: somebody who leaves takes their name along; what others rely on stays (docs/decisions/0017-leaving.md).

- ``users.leaves_at`` and ``people.anonymised_at`` are empty: nobody has asked to leave.
- ``forget_in_log(subjects)`` empties the values of log entries about accounts that are gone and people who are gone or nameless.
  It runs with the rights of the tables' owner, since the site's own role can only add to the log, and it refuses by its own condition
  to touch an entry about anybody who is still known.

Changes no row. The release before this one runs on and deletes nobody. Going down keeps those who became nameless as they are;
accounts that wait for their day stay.

Revision: f04b6d2c8e19
Follows: e7a3c51d9f08
"""

import sqlalchemy as sa
from alembic import op

revision = "f04b6d2c8e19"
down_revision = "e7a3c51d9f08"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
FORGET = """
CREATE OR REPLACE FUNCTION forget_in_log(subjects uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    UPDATE audit_entries e
    SET reason = NULL, changes = (
        SELECT coalesce(jsonb_object_agg(c.key, CASE
            -- Where somebody came or waited is the fact that stays.
            WHEN e.subject_type = 'participants' AND c.key <> 'note' THEN c.value
            WHEN jsonb_path_exists(c.value, '$.** ? (@.type() == "string")') THEN CAST('[null, null]' AS jsonb)
            ELSE c.value END), CAST('{}' AS jsonb))
        FROM jsonb_each(e.changes) c)
    WHERE e.subject_id = ANY (subjects) AND e.subject_type IN ('users', 'people', 'participants')
        AND NOT EXISTS (SELECT FROM users u WHERE u.id = e.subject_id)
        AND NOT EXISTS (SELECT FROM people p WHERE p.id = e.subject_id AND p.anonymised_at IS NULL)
        AND NOT EXISTS (
            SELECT FROM participants x JOIN people p ON p.id = x.person_id
            WHERE x.id = e.subject_id AND p.anonymised_at IS NULL)
$$"""


def upgrade() -> None:
    op.add_column("users", sa.Column("leaves_at", MOMENT))
    op.add_column("people", sa.Column("anonymised_at", MOMENT))
    op.execute(FORGET)


def downgrade() -> None:
    op.execute("DROP FUNCTION forget_in_log(uuid[])")
    op.drop_column("people", "anonymised_at")
    op.drop_column("users", "leaves_at")
