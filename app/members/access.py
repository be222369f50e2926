"""Which members of a unit an account may see or change. The unit itself is decided in ``units.access``."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.errors import Conflict, NotFound
from app.extensions import db
from app.families.merged import merged_into
from app.families.models import Person
from app.identity.models import User
from app.members.models import ImportState, Membership, RosterImport

MERGED = "This person was here twice, and this row was merged into the other one. Nothing was saved. Reload the list to see it."


def member_of(unit_id: uuid.UUID, person_id: uuid.UUID, *, lock: bool = False) -> Membership:
    """The live membership of a person in a unit that the caller has checked, with person, patrol and account.

    Raises:
        NotFound: the person is no member there today. Conflict: the row was merged into that of a member.
    """
    wanted = (
        select(Membership)
        .where(Membership.unit_id == unit_id, Membership.person_id == person_id, Membership.until.is_(None))
        .options(joinedload(Membership.patrol), joinedload(Membership.person).joinedload(Person.user))
        .execution_options(populate_existing=lock)
    )
    found = db.session.scalar(wanted.with_for_update(of=Membership) if lock else wanted)
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
