"""Fields that no form has change nothing."""

import re
from typing import Any

import pytest

from app.extensions import db, new_id
from app.families.models import Guardian, Person
from app.identity.models import User
from app.members.models import Membership
from app.outings.models import Outing
from app.signups.models import Participant, Signup
from app.units.models import Patrol, Role, Unit
from tests.security.helpers import POSTS

EXTRA = {
    "is_site_admin": "1", "must_change_password": "0", "password_hash": "x", "session_key": "planted", "user_id": "{other_parent}",
    "created_by_id": "{other_parent}", "granted_by_id": "{other_parent}", "outing_id": "{other_outing}", "host_id": "{other_unit}",
    "role": "admin", "registered": "1", "may_see_health": "1", "may_sign_up": "1", "queue_no": "0", "confirmed_at": "2020-01-01",
    "rank": "Eagle", "form_ab_until": "2030-01-01", "swim_class": "swimmer", "pick_up_note": "planted", "by_leader": "1",
}  # fmt: skip


STAMPS = {
    "id",
    "created_at",
    "granted_at",
    "since",
    "confirmed_at",
    "cancelled_at",
    "last_sign_in_at",
    "suspended_at",
    "leaves_at",
    "retired_at",
    "photo_consent_at",
}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASH_OR_KEY = re.compile(r"\$argon2id\$[^\"]+|\"[\w-]{32}\"")
TABLES = (User, Role, Unit, Patrol, Person, Guardian, Membership, Outing, Signup, Participant)
ROWS_OF_ALL = db.text(
    " UNION ALL ".join(
        f"SELECT '{model.__tablename__}', CAST(to_jsonb(one) - CAST(:stamps AS text[]) AS text) FROM {model.__tablename__} one"
        for model in TABLES
    )
)


def everything(known: set[str]) -> list[tuple[str, str]]:
    """All rows as they stand, without what is drawn anew: moments, keys, and ids that are not ``known``."""
    found = db.session.execute(ROWS_OF_ALL, {"stamps": sorted(STAMPS)}).all()
    drawn = [(table, HASH_OR_KEY.sub("drawn", row)) for table, row in found]
    return sorted((table, UUID.sub(lambda id: id[0] if id[0] in known else "new", row)) for table, row in drawn)


@pytest.mark.parametrize("row", POSTS, ids=str)
def test_fields_that_the_form_does_not_have_are_not_heard(row, post, world):
    fixed = str(new_id())

    def same_ids(form: dict[str, Any]) -> None:
        # Two honest forms would differ in what is drawn at random.
        form.update({name: fixed for name in ("id", "key", "submission") if name in form})

    def with_extras(form: dict[str, Any]) -> None:
        same_ids(form)
        form.update({name: value.format_map(world.ids) for name, value in EXTRA.items() if name not in form})

    known = set(world.ids.values())
    honest, before = post(row, same_ids, lambda: everything(known))
    answer, after = post(row, with_extras, lambda: everything(known))
    assert answer.status_code == honest.status_code
    assert after == before
