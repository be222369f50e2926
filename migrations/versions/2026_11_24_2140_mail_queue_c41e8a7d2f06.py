"""A queue for mail, the mails that failed, and the mails that development keeps.

Why: a mail must leave if, and only if, the change that it tells of was committed; so it waits in the same database.

- The queue is procrastinate's own schema of version 3.10, from ``migrations/queue/procrastinate_3_10.sql``, unchanged. Its
  tables, types, functions and triggers begin with ``procrastinate_`` and are no models of ours. When the library is
  upgraded and brings changes to its schema, copy them into a revision of their own.
- ``mail_failures`` holds, for the site admin, which mail did not leave and why; no address and no text.
- ``kept_mails`` is written in development only, where no mail leaves.

Everything is new, so nobody is kept waiting. Going down drops it all, with every mail that still waits.

Revision: c41e8a7d2f06
Follows: 3c6e9b1f4d20
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "c41e8a7d2f06"
down_revision = "3c6e9b1f4d20"
branch_labels = None
depends_on = None

QUEUE = Path(__file__).resolve().parent.parent / "queue" / "procrastinate_3_10.sql"
# These are the library's choices, and its tables are empty.
EXCUSED = "-- squawk-ignore-file prefer-identity, prefer-text-field, require-concurrent-index-creation\n"


def upgrade() -> None:
    op.execute(EXCUSED + QUEUE.read_text())
    op.create_table(
        "mail_failures",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("gave_up", sa.Boolean(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("attempts > 0", name=op.f("ck_mail_failures_attempts_positive")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_mail_failures")),
    )
    op.create_index("ix_mail_failures_failed_at", "mail_failures", ["failed_at", "job_id"])
    op.create_table(
        "kept_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_mails")),
    )


def downgrade() -> None:
    op.drop_table("kept_mails")
    op.drop_table("mail_failures")
    op.execute("DROP FUNCTION procrastinate_fetch_job_v2")  # returns a row of a table
    for table in ("events", "periodic_defers", "jobs", "workers"):
        op.execute(f"DROP TABLE procrastinate_{table}")
    # The triggers went with their table. A name without arguments will do, as each is there once.
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION procrastinate_{function}")
    for type_ in ("job_to_defer_v1", "job_event_type", "job_status"):
        op.execute(f"DROP TYPE procrastinate_{type_}")


FUNCTIONS = (
    "defer_jobs_v1",
    "defer_periodic_job_v2",
    "finish_job_v1",
    "cancel_job_v1",
    "retry_job_v1",
    "retry_job_v2",
    "notify_queue_job_inserted_v1",
    "notify_queue_abort_job_v1",
    "trigger_function_status_events_insert_v1",
    "trigger_function_status_events_update_v1",
    "trigger_function_scheduled_events_v1",
    "trigger_abort_requested_events_procedure_v1",
    "unlink_periodic_defers_v1",
    "register_worker_v1",
    "unregister_worker_v1",
    "update_heartbeat_v1",
    "prune_stalled_workers_v1",
)
