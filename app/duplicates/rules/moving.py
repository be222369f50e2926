"""What becomes of each kind of row that points to somebody who turned out to be somebody else."""

import uuid

from sqlalchemy import text

from app.extensions import db
from app.families.health.rules import hand_over

# Column -> when a row of the one who is kept (o) makes that of the one who is gone (t) needless. Rows that are not needless move.
# A column that is missing here is missing on purpose nowhere: a test compares this with the catalogue of foreign keys.
NEVER = "false"
ALWAYS = "true"
NEEDLESS = {
    "collectors.person_id": """o.name = t.name AND o.may_collect = t.may_collect AND o.home_of_id IS NOT DISTINCT FROM t.home_of_id
        AND coalesce(t.phone = o.phone, t.phone IS NULL) AND coalesce(t.note = o.note, t.note IS NULL)""",
    "distinct_people.person_id": ALWAYS,
    "distinct_people.other_id": ALWAYS,
    "emergency_contacts.person_id": """o.name = t.name AND o.phone = t.phone AND o.home_of_id IS NOT DISTINCT FROM t.home_of_id
        AND coalesce(t.relationship_to = o.relationship_to, t.relationship_to IS NULL)""",
    "guardian_invitations.person_id": NEVER,
    "guardian_proposals.person_id": "lower(o.name) = lower(t.name)",
    "guardian_proposals.adult_id": NEVER,
    "guardians.person_id": "o.user_id = t.user_id",
    "invitations.person_id": NEVER,
    "person_merges.kept_id": NEVER,
    "roster_import_rows.person_id": NEVER,
    "training_claims.person_id": "o.code = t.code AND o.state = 'waiting' AND t.state = 'waiting'",
    "trainings.person_id": "o.code = t.code",
    "transfers.person_id": "o.from_unit_id = t.from_unit_id AND o.state = 'waiting' AND t.state = 'waiting'",
}
# These have their own way (below, places.py, seats.py).
APART = {"health_notes.person_id", "memberships.person_id", "participants.person_id"}

# Of two, the better first: what is dropped then is the other one.
BEFOREHAND = (
    # A limit that an admin has set on a guardian holds, whichever of the two rows it stood in.
    """UPDATE guardians k SET may_sign_up = k.may_sign_up AND g.may_sign_up, may_consent = k.may_consent AND g.may_consent,
        may_see_health = k.may_see_health AND g.may_see_health, relationship_to = coalesce(k.relationship_to, g.relationship_to)
    FROM guardians g WHERE k.person_id = :kept AND g.person_id = :gone AND g.user_id = k.user_id""",
    # What a file says of a guardian in one of the two rows only.
    """UPDATE guardian_proposals k SET relationship_to = coalesce(k.relationship_to, g.relationship_to),
        phone = coalesce(k.phone, g.phone), adult_id = coalesce(k.adult_id, g.adult_id)
    FROM guardian_proposals g WHERE k.person_id = :kept AND g.person_id = :gone AND lower(g.name) = lower(k.name)""",
    # A training counts for as long as the later of the two; of two that last as long, the one whose day is known.
    """DELETE FROM trainings k USING trainings g WHERE k.person_id = :kept AND g.person_id = :gone AND g.code = k.code
        AND (coalesce(g.expires_on, 'infinity'), coalesce(g.completed_on, '-infinity'))
            > (coalesce(k.expires_on, 'infinity'), coalesce(k.completed_on, '-infinity'))""",
    # Claimed again, the newer days stand.
    """DELETE FROM training_claims k USING training_claims g WHERE k.person_id = :kept AND g.person_id = :gone AND g.code = k.code
        AND k.state = 'waiting' AND g.state = 'waiting' AND g.claimed_at > k.claimed_at""",
    # Calls go to the contacts of the one who is kept first.
    """UPDATE emergency_contacts SET position = position + (SELECT coalesce(max(position), 0) FROM emergency_contacts
        WHERE person_id IN (:kept, :gone)) WHERE person_id = :gone""",
)


def move_rows(kept: uuid.UUID, gone: uuid.UUID) -> None:
    """Everything but places in units and on outings. What both have said of health stays, and is sealed anew.

    Raises:
        Unreadable: a key of the health notes is missing.
    """
    ids = {"kept": kept, "gone": gone}
    for statement in BEFOREHAND:
        db.session.execute(text(statement), ids)
    for pointer, needless in NEEDLESS.items():
        table, _, column = pointer.partition(".")
        if needless != ALWAYS:
            there = f"SELECT FROM {table} o WHERE o.{column} = :kept AND {needless}"
            db.session.execute(
                text(f"UPDATE {table} t SET {column} = :kept WHERE t.{column} = :gone AND NOT EXISTS ({there})"),  # nosec B608
                ids,
            )
        db.session.execute(text(f"DELETE FROM {table} WHERE {column} = :gone"), {"gone": gone})  # nosec B608
    hand_over(gone, kept)
