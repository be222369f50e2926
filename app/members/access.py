"""Which members of a unit an account may see or change. The unit itself is decided in ``units.access``."""

import uuid

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from app.driver import prepared, read
from app.errors import Conflict, NotFound
from app.extensions import db
from app.families.merged import merged_into
from app.families.models import Person
from app.identity.models import User
from app.members.models import ImportState, Membership, RosterImport

MERGED = "This person was here twice, and this row was merged into the other one. Nothing was saved. Reload the list to see it."


WANTED = (
    select(Membership)
    .where(
        Membership.unit_id == bindparam("unit"), Membership.person_id == bindparam("person"), Membership.until.is_(None)
    )
    .options(joinedload(Membership.patrol), joinedload(Membership.person).joinedload(Person.user))
)
LIVE = read(WANTED)
LOCKED = prepared(WANTED.with_for_update(of=Membership).execution_options(populate_existing=True))


def member_of(unit_id: uuid.UUID, person_id: uuid.UUID, *, lock: bool = False) -> Membership:
    """The live membership of a person in a unit that the caller has checked, with person, patrol and account.

    Raises:
        NotFound: the person is no member there today. Conflict: the row was merged into that of a member.
    """
    found = db.session.scalar(LOCKED if lock else LIVE, {"unit": unit_id, "person": person_id})
    if found is None:
        if (kept_id := merged_into(person_id)) and member_of(unit_id, kept_id):
            raise Conflict(MERGED)
        raise NotFound
    return found


def import_for(user: User, unit_id: uuid.UUID, import_id: uuid.UUID) -> RosterImport:
    """A unit's import, for a user whom the caller has found to administer the unit. A plan is its maker's alone.

    Raises:
        NotFound: there is none, or it is another's plan.
    """
    found = db.session.scalar(select(RosterImport).where(RosterImport.id == import_id, RosterImport.unit_id == unit_id))
    if found is None or (found.state not in (ImportState.APPLIED, ImportState.UNDONE) and found.by_id != user.id):
        raise NotFound
    return found
