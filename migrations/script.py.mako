"""${message}

Why, and what it does to rows that are there:

Revision: ${up_revision}
Follows: ${down_revision | comma,n}
Written: ${create_date}

Before it is merged (docs/migrations.md): are CHECK constraints here by hand (Alembic does not see them)? Does it run while
people sign up (new columns nullable or with a default, steps of migrations/steps.py, python -m migrations.lint)? Does it bear
being cut off and run again? Does the downgrade lose data, and does it say so? Does tests/migrations/test_data.py know what
it changes?
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
