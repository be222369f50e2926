"""Which columns an account wants to see."""

import uuid
from collections.abc import Collection

from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.identity.models import User
from app.members.columns import COLUMNS
from app.members.models import MemberColumns


def remember_columns(user: User, unit_id: uuid.UUID, names: Collection[str]) -> None:
    """From now on these, in the order of the house; none is a choice, too. What nobody knows is left out."""
    chosen = [key for key in COLUMNS if key in names]
    made = insert(MemberColumns).values(user_id=user.id, unit_id=unit_id, names=chosen)
    key = [MemberColumns.user_id, MemberColumns.unit_id]
    db.session.execute(made.on_conflict_do_update(index_elements=key, set_={"names": chosen}))
