"""Whom an account may see and change as family: oneself, and the people one is guardian of."""

import uuid
from dataclasses import dataclass

from sqlalchemy import Select, Uuid, and_, bindparam, or_, select

from app.driver import prepared, read
from app.errors import NotFound
from app.extensions import db
from app.families.merged import merged_into
from app.families.models import EmergencyContact, Guardian, Person
from app.identity.models import User

ACCOUNT = bindparam("account", type_=Uuid())
TIED = (
    select(Person, Guardian)
    .outerjoin(Guardian, and_(Guardian.person_id == Person.id, Guardian.user_id == ACCOUNT))
    .where(Person.id == bindparam("person"), or_(Person.user_id == ACCOUNT, Guardian.user_id.is_not(None)))
)
FOUND = read(TIED)
LOCKED = prepared(TIED.with_for_update(of=Person))
AFRESH = prepared(TIED.execution_options(populate_existing=True))


@dataclass(frozen=True)
class Tie:
    """A person, and what ties the account to them; ``guardian`` is None for oneself."""

    person: Person
    guardian: Guardian | None

    @property
    def is_self(self) -> bool:
        """Whether the person is the account's own."""
        return self.guardian is None

    @property
    def contacts(self) -> list[EmergencyContact]:
        """Whom to call, as this account may know it: what another home keeps to itself is not among them."""
        mine = (None, self.guardian.user_id if self.guardian else self.person.user_id)
        return [contact for contact in self.person.emergency_contacts if contact.home_of_id in mine]

    @property
    def may_permit(self) -> bool:
        """Give permission: where photos may be seen, and who may collect a child. An adult does so for themselves."""
        return self.guardian is None or self.guardian.may_consent

    @property
    def may_see_health(self) -> bool:
        """Diet and allergies: one's own, and those of whom the guardianship covers."""
        return self.guardian is None or self.guardian.may_see_health


def tie_of(user: User, person_id: uuid.UUID, *, lock: bool = False) -> Tie:
    """The person, for themselves and for their guardians; nobody else edits here, leaders and site admins included.

    ``lock`` holds the person's row until the transaction ends and reads it afresh. The address of a row that was merged into another
    one leads to that: what somebody typed meanwhile is compared with what stands there, and nothing of it is lost.

    Raises:
        NotFound: to everybody else, whether the person exists or not.
    """
    whose = {"account": user.id, "person": person_id}
    found = db.session.execute(LOCKED if lock else FOUND, whose).first()
    if found and lock:
        # A statement sees what was there when it began: whoever was waited for may have detached this guardian, or limited them.
        found = db.session.execute(AFRESH, whose).first()
    if found is None:
        kept_id = merged_into(person_id)
        if kept_id is None:
            raise NotFound
        return tie_of(user, kept_id, lock=lock)
    person, guardian = found
    return Tie(person, None if person.user_id == user.id else guardian)


def lock_child(of: Select[uuid.UUID] | Select[uuid.UUID | None]) -> None:
    """Lock the child that an invitation is to, before the invitation itself: whoever takes something from a guardian locks the child first
    and ends its invitations then.
    """
    child = select(Person.id).where(Person.id == of.scalar_subquery())
    db.session.execute(child.with_for_update(key_share=True))
