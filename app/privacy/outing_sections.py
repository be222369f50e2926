"""Chapters of the file about outings: planned, signed up for, and come along on."""

from sqlalchemy import and_, or_, select

from app.families.models import Person
from app.members.models import RosterImport
from app.outings.models import Outing, OutingLead
from app.privacy.mine import PERSON_NAME, Mine, Rows
from app.signups.models import Consent, Participant, Signup
from app.units.models import Patrol, Unit


def planned(mine: Mine) -> Rows:
    """Outings that one made or leads."""
    led = and_(OutingLead.outing_id == Outing.id, OutingLead.user_id == mine.user_id)
    return (
        select(Outing.title, Outing.starts_at, (Outing.created_by_id == mine.user_id).label("made_by_you"),
               OutingLead.since.label("led_by_you_since"))
        .outerjoin(OutingLead, led)
        .where(or_(Outing.created_by_id == mine.user_id, OutingLead.user_id.is_not(None)))
        .order_by(Outing.starts_at)
    )  # fmt: skip


def imports(mine: Mine) -> Rows:
    """Roster files that one brought."""
    found = RosterImport
    wanted = select(Unit.name.label("unit"), found.file_name, found.state, found.created_at, found.applied_at)
    return wanted.join(Unit, Unit.id == found.unit_id).where(found.by_id == mine.user_id).order_by(found.created_at)


def parties(mine: Mine) -> Rows:
    """Sign-ups that one made."""
    return (
        select(Outing.title.label("outing"), Signup.together, Signup.by_leader, Signup.created_at)
        .join(Outing, Outing.id == Signup.outing_id)
        .where(Signup.user_id == mine.user_id)
        .order_by(Signup.created_at)
    )


def participants(mine: Mine) -> Rows:
    """Where one's people come, wait, or came, in whosever party."""
    found = Participant
    return (
        select(PERSON_NAME.label("person"), Outing.title.label("outing"), Outing.place, Outing.starts_at, Outing.ends_at,
               Unit.name.label("unit"), Patrol.name.label("patrol"), found.kind, found.state, found.queue_no,
               found.guest_troop, found.guest_patrol, found.passengers_there, found.passengers_back, found.created_at,
               found.confirmed_at, found.cancelled_at)
        .join(Person, Person.id == found.person_id)
        .join(Outing, Outing.id == found.outing_id)
        .outerjoin(Unit, Unit.id == found.unit_id)
        .outerjoin(Patrol, Patrol.id == found.patrol_id)
        .where(found.person_id.in_(mine.people))
        .order_by(Outing.starts_at, found.created_at)
    )  # fmt: skip


def consents(mine: Mine) -> Rows:
    """Permissions that one gave, with what they were given for."""
    return (
        select(Outing.title.label("outing"), Consent.given_at, Consent.text_version, Consent.terms)
        .join(Signup, Signup.id == Consent.signup_id)
        .join(Outing, Outing.id == Signup.outing_id)
        .where(Consent.user_id == mine.user_id)
        .order_by(Consent.given_at)
    )
