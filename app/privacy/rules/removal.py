"""An account goes, and with it what is only its own. What others rely on stays, without a name where it can be.

Source: GDPR, article 17 (1) and (3); what stays and how long: ``app/policies/retention.py`` and docs/decisions/0017.
"""

import uuid

from sqlalchemy import delete, func, or_, select, update

from app.audit.rules import record
from app.clock import now
from app.duplicates.models import PersonMerge
from app.errors import Conflict, RuleBroken
from app.extensions import db
from app.families.guardians import forget_home
from app.families.health.models import HealthNote
from app.families.merged import merged_rows
from app.families.models import (
    Collector,
    EmergencyContact,
    Guardian,
    GuardianInvitation,
    GuardianProposal,
    Person,
    Training,
    TrainingClaim,
)
from app.families.queries import family_ids
from app.identity.letters import tell as tell_owner
from app.identity.models import User
from app.identity.rules.links import spend_links_made_by
from app.mail import send_letter
from app.members.following import follow
from app.members.models import ImportRow, Invitation, Membership
from app.privacy.queries import Fate, Leaving, admins_of, coming_places, family_leaving, obstacles, outgrown, units_of
from app.signups.models import Participant
from app.signups.rules.withdrawing import withdraw_people
from app.units.models import Role, Unit

FORMER = ("Former", "member")
# Of a person who stays on a unit's roster.
FAMILYS_OWN = (
    "preferred_name",
    "email",
    "phone",
    "pick_up_note",
    "photo_consent",
    "photo_consent_at",
    "photo_consent_by_id",
    "grade",
    "grade_said_on",
)
OF_WHO_IT_WAS = (
    *FAMILYS_OWN,
    "birth_date",
    "gender",
    "rank",
    "swim_class",
    "swim_class_on",
    "form_ab_until",
    "form_c_until",
)


def remove_account(user_id: uuid.UUID) -> bool:
    """Delete the account that has asked for it and whose day has come. Returns whether it went.

    The outings come first, as for everybody who takes or gives a seat; the account's row is the second lock, its people are the third.
    What is to become of them is decided once more when all are held.

    Raises:
        RuleBroken: the site, or a unit, would be left without an admin. Conflict: its owner keeps it, or somebody of the family was signed up
            or got another guardian meanwhile; the places that were given back are theirs again.
    """
    user = db.session.get(User, user_id, populate_existing=True)
    if user is None or not is_due(user):
        return False
    taken_off = give_places_back(user)
    user = lock_with_admins(user_id)
    if not is_due(user):
        raise Conflict("Its owner keeps it.")
    against = obstacles(user)
    if against:
        raise RuleBroken(" ".join(against))
    lock_family(user)
    family = family_leaving(user)
    if coming_places([person.id for person in family if person.fate != Fate.STAYS]):
        raise Conflict("Somebody of the family was signed up at this moment.")
    if any(person.fate == Fate.STAYS and person.id in taken_off for person in family):
        raise Conflict("Somebody of the family got another guardian at this moment.")
    units = units_of([person.id for person in family])
    about = log_of(user, family)
    for person in family:
        let_go(user, person, units.get(person.id, []))
    tell(user, [person for person in family if person.is_alone], units)
    record(None, "account deleted", user)
    tell_owner(user, "Your account is deleted", "privacy/mail/gone")
    spend_links_made_by(user)
    db.session.execute(delete(User).where(User.id == user.id))
    db.session.flush()
    db.session.execute(select(func.forget_in_log(about)))
    return True


def is_due(user: User) -> bool:
    """Whether its owner has asked for it, and the day has come."""
    return user.leaves_at is not None and user.leaves_at <= now()


def give_places_back(user: User) -> set[uuid.UUID]:
    """On outings to come, of those whom nobody else looks after; the waiting lists move up. Returns whose they were."""
    places = coming_places([person.id for person in family_leaving(user) if person.fate != Fate.STAYS])
    for outing_id in sorted({place.outing_id for place in places}):
        withdraw_people(None, outing_id, [place.person_id for place in places if place.outing_id == outing_id])
    db.session.flush()
    return {place.person_id for place in places}


def lock_with_admins(user_id: uuid.UUID) -> User:
    """The account, the units that it keeps, and all site admins: two who leave at once must not both be the last but one."""
    kept = select(Role.unit_id).where(Role.user_id == user_id)
    db.session.execute(select(Unit.id).where(Unit.id.in_(kept)).order_by(Unit.id).with_for_update(key_share=True))
    wanted = select(User).where(User.is_site_admin | (User.id == user_id)).order_by(User.id).with_for_update()
    found = {user.id: user for user in db.session.scalars(wanted.execution_options(populate_existing=True))}
    return found[user_id]


def lock_family(user: User) -> None:
    """Its people: whoever becomes a guardian of one of them, or puts them on a roster, is through with that, or waits and finds them gone."""
    mine = select(Person.id).where(Person.id.in_(family_ids(user.id))).order_by(Person.id)
    db.session.execute(mine.with_for_update())


def log_of(user: User, family: list[Leaving]) -> list[uuid.UUID]:
    """What entries of the log are about that are to lose their names: the account, and everybody who is not to be known any more."""
    people = [person.id for person in family if person.fate in (Fate.NAMELESS, Fate.GOES)]
    places = db.session.scalars(select(Participant.id).where(Participant.person_id.in_(people)))
    return [user.id, *people, *merged_rows(people), *places]


def let_go(user: User, leaving: Leaving, unit_ids: list[uuid.UUID]) -> None:
    """One person of the family, by what is to become of them."""
    person = db.session.scalar(select(Person).where(Person.id == leaving.id).with_for_update())
    if person is None:
        raise Conflict("Somebody of the family was merged with another row at this moment.")
    if not leaving.is_self:
        places: list[uuid.UUID | None] = [*unit_ids]
        for unit_id in places or [None]:
            record(None, "a guardian left", person, unit_id=unit_id)
    forget_home(user.id, person)
    db.session.execute(delete(Guardian).where(Guardian.user_id == user.id, Guardian.person_id == person.id))
    follow([person.id])
    if leaving.fate == Fate.STAYS:
        return
    # What takes a merge back holds a copy of what goes now.
    either = or_(PersonMerge.kept_id == person.id, PersonMerge.gone_id == person.id)
    db.session.execute(delete(PersonMerge).where(either))
    for model in (EmergencyContact, Collector, HealthNote, GuardianInvitation, TrainingClaim):
        db.session.execute(delete(model).where(model.person_id == person.id))
    person.user_id, person.version = None, person.version + 1
    if leaving.fate == Fate.ROSTER:
        blank(person, FAMILYS_OWN)
    else:
        anonymise(person)
    db.session.flush()
    if leaving.fate == Fate.GOES:
        take_away(person)


def take_away(person: Person) -> None:
    """With every place on an outing that was theirs."""
    db.session.execute(delete(Participant).where(Participant.person_id == person.id))
    db.session.execute(delete(Person).where(Person.id == person.id))


def forget(person_id: uuid.UUID) -> bool:
    """Take somebody away of whom nothing is to be known any longer; looked at once more under their lock. Returns whether they went.

    Source: GDPR, article 5 (1) (e).
    """
    wanted = select(Person).where(Person.id == person_id, outgrown())
    person = db.session.scalar(wanted.with_for_update(skip_locked=True, of=Person))
    if person is None:
        return False
    places = db.session.scalars(select(Participant.id).where(Participant.person_id == person.id))
    about = [person.id, *merged_rows([person.id]), *places]
    record(None, "forgotten when its time had run out", person)
    anonymise(person)
    db.session.flush()
    take_away(person)
    db.session.execute(select(func.forget_in_log(about)))
    return True


def anonymise(person: Person) -> None:
    """What is left is that somebody was there: youth or adult, in which unit, when."""
    for model in (Training, GuardianProposal, Invitation):
        db.session.execute(delete(model).where(model.person_id == person.id))
    person.first_name, person.last_name = FORMER
    blank(person, OF_WHO_IT_WAS)
    person.form_in_binder, person.anonymised_at = False, now()
    db.session.execute(update(Membership).where(Membership.person_id == person.id).values(member_number=None))
    # What leaders wrote about somebody may name them.
    words = {"note": None, "overbook_reason": None}
    db.session.execute(update(Participant).where(Participant.person_id == person.id).values(words))
    nameless = {"name": " ".join(FORMER), "member_number": None, "fresh_key": None, "remark": None, "said": None}
    rows = update(ImportRow).where(ImportRow.person_id == person.id)
    db.session.execute(rows.values(**nameless, changes=[], done=None))
    db.session.flush()
    follow([person.id])


def blank(person: Person, names: tuple[str, ...]) -> None:
    """Empty these fields."""
    for name in names:
        setattr(person, name, None)


def tell(user: User, alone: list[Leaving], units: dict[uuid.UUID, list[uuid.UUID]]) -> None:
    """The admins of a unit hear which of its children nobody looks after here any more."""
    by_unit: dict[uuid.UUID, list[str]] = {}
    for person in alone:
        for unit_id in units.get(person.id, []):
            by_unit.setdefault(unit_id, []).append(str(person.id))
    for unit_id, people in by_unit.items():
        for admin_id in admins_of(unit_id, user.id):
            send_letter("privacy.alone", user_id=str(admin_id), unit_id=str(unit_id), people=people)
