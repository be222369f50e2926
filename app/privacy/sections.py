"""What is kept about an account and its family, table by table: what its owner gets, and what not and why.

Every table is decided on here; a test reads the list of tables and fails for a new one. Nothing of another home is given away
(its address, its number, the contacts that it keeps to itself), and nothing of another family.
"""

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, null, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.audit.log import MERGES
from app.audit.models import AuditEntry, HealthRead
from app.audit.wording import OF_HEALTH, PAPERS
from app.families.health.models import HealthNote
from app.families.health.notes import PARTS, Papers
from app.families.merged import merged_rows
from app.families.models import (
    Collector,
    EmergencyContact,
    Guardian,
    GuardianInvitation,
    Person,
    Training,
    TrainingClaim,
)
from app.identity.models import BrowserSession, RecoveryCode, SecondFactor, User
from app.members.models import JoinRequest, Membership, Position
from app.privacy.left_out import KEPT_BACK, LEFT_OUT
from app.privacy.mine import MOST_ROWS, PERSON_NAME, Mine, Rows, Section
from app.privacy.outing_sections import consents, imports, participants, parties, planned
from app.signups.models import Participant, Signup
from app.units.models import Patrol, Role, Unit

__all__ = ["KEPT_BACK", "LEFT_OUT", "MOST_ROWS", "SECTIONS", "Mine", "Section"]


def account(mine: Mine) -> Rows:
    """The account, without what opens it."""
    codes = select(func.count()).where(RecoveryCode.user_id == User.id).scalar_subquery()
    return select(
        User.id, User.name, User.email, User.email_proved, User.username, User.created_at, User.last_sign_in_at, User.leaves_at, User.is_site_admin,
        User.password_hash.is_not(None).label("has_password"), codes.label("recovery_codes_left"),
    ).where(User.id == mine.user_id)  # fmt: skip


def sessions(mine: Mine) -> Rows:
    """Where it is signed in."""
    found = BrowserSession
    wanted = select(found.device, found.remembered, found.created_at, found.last_used_at, found.confirmed_at)
    return wanted.where(found.user_id == mine.user_id).order_by(found.created_at)


def factors(mine: Mine) -> Rows:
    """Second factors, without their secrets."""
    found = SecondFactor
    wanted = select(found.kind, found.name, found.created_at, found.last_used_at)
    return wanted.where(found.user_id == mine.user_id).order_by(found.created_at)


def people(mine: Mine) -> Rows:
    """The people themselves; the papers of those whose health notes the account may see, with which they have a page."""
    found = Person
    known = found.id.in_(mine.health)
    papers = [case((known, getattr(found, name))).label(name) for name in Papers.__dataclass_fields__]
    return select(
        found.id, found.first_name, found.last_name, found.preferred_name, found.birth_date, found.kind, found.gender,
        found.email, found.phone, found.rank, *papers, found.grade, found.grade_said_on, found.photo_consent, found.photo_consent_at,
        (found.user_id == mine.user_id).label("is_you"), found.created_at,
    ).where(found.id.in_(mine.people)).order_by(found.created_at)  # fmt: skip


def guardianships(mine: Mine) -> Rows:
    """One's own links to children; who else looks after them is theirs to say."""
    found = Guardian
    return (
        select(PERSON_NAME.label("person"), found.relationship_to, found.may_sign_up, found.may_consent,
               found.may_see_health, found.since)
        .join(Person, Person.id == found.person_id)
        .where(found.user_id == mine.user_id)
        .order_by(found.since)
    )  # fmt: skip


def invitations(mine: Mine) -> Rows:
    """Links that one made for another guardian."""
    found = GuardianInvitation
    return (
        select(PERSON_NAME.label("person"), found.relationship_to, found.created_at, found.expires_at, found.used_at)
        .join(Person, Person.id == found.person_id)
        .where(found.created_by_id == mine.user_id, found.person_id.in_(mine.people))
        .order_by(found.created_at)
    )


def requests(mine: Mine) -> Rows:
    """Units that one asked to join, and what was answered."""
    names = ("name", "email", "relationship_to", "message", "state", "reply", "created_at", "decided_at")
    told = select(Unit.name.label("unit"), *(getattr(JoinRequest, name) for name in names)).join(JoinRequest.unit)
    return told.where(JoinRequest.user_id == mine.user_id).order_by(JoinRequest.created_at)


def contacts(mine: Mine) -> Rows:
    """Whom to call; what another home keeps to itself is not among them."""
    found = EmergencyContact
    return (
        select(PERSON_NAME.label("person"), found.name, found.phone, found.relationship_to,
               found.home_of_id.is_not(None).label("kept_to_your_home"))
        .join(Person, Person.id == found.person_id)
        .where(found.person_id.in_(mine.people), or_(found.home_of_id.is_(None), found.home_of_id == mine.user_id))
        .order_by(found.person_id, found.position)
    )  # fmt: skip


def collectors(mine: Mine) -> Rows:
    """Who may and who may not collect them; again without what another home keeps to itself."""
    found = Collector
    return (
        select(PERSON_NAME.label("person"), found.name, found.phone, found.may_collect, found.note,
               found.home_of_id.is_not(None).label("kept_to_your_home"), found.created_at)
        .join(Person, Person.id == found.person_id)
        .where(found.person_id.in_(mine.people), or_(found.home_of_id.is_(None), found.home_of_id == mine.user_id))
        .order_by(found.person_id, found.created_at)
    )  # fmt: skip


def health(mine: Mine) -> Rows:
    """Diet and health, where the guardianship covers them; ``download.py`` opens what is sealed."""
    found = HealthNote
    return (
        select(PERSON_NAME.label("person"), *PARTS, found.confirmed_at, found.updated_at)
        .join(Person, Person.id == found.person_id)
        .where(found.person_id.in_(mine.health))
        .order_by(Person.created_at)
    )


def health_reads(mine: Mine) -> Rows:
    """Who looked at them, and where one looked oneself: then not at whom."""
    of_mine = HealthRead.person_id.in_([*mine.health, *merged_rows(mine.health)])
    # Who was looked at may have been merged into one of these since.
    whose = and_(MERGES.c.gone_id == HealthRead.person_id, MERGES.c.undone_at.is_(None))
    return (
        select(HealthRead.at, case((of_mine, PERSON_NAME), else_="somebody of another family").label("person"),
               func.coalesce(User.name, "a former account").label("reader"), HealthRead.purpose)
        .select_from(HealthRead)
        .outerjoin(MERGES, whose)
        .outerjoin(Person, Person.id == func.coalesce(MERGES.c.kept_id, HealthRead.person_id))
        .outerjoin(User, User.id == HealthRead.reader_id)
        .where(or_(of_mine, HealthRead.reader_id == mine.user_id))
        .order_by(HealthRead.at)
    )  # fmt: skip


def trainings(mine: Mine) -> Rows:
    """Of adults."""
    return (
        select(PERSON_NAME.label("person"), Training.code, Training.name, Training.completed_on, Training.expires_on)
        .join(Person, Person.id == Training.person_id)
        .where(Training.person_id.in_(mine.people))
        .order_by(Training.person_id, Training.code)
    )


def claims(mine: Mine) -> Rows:
    """Trainings that were claimed, and what a leader said to that."""
    found = TrainingClaim
    return (
        select(PERSON_NAME.label("person"), found.code, found.name, found.completed_on, found.expires_on, found.state,
               found.claimed_at, found.decided_at, found.reply)
        .join(Person, Person.id == found.person_id)
        .where(found.person_id.in_(mine.people))
        .order_by(found.person_id, found.claimed_at)
    )  # fmt: skip


def memberships(mine: Mine) -> Rows:
    """Places in units."""
    found = Membership
    days = func.concat_ws(" to ", func.coalesce(Position.since.cast(Text), "unknown"), Position.until.cast(Text))
    held = func.string_agg(Position.name + ", " + days, "; ")
    positions = select(held).where(Position.membership_id == found.id).correlate(found).scalar_subquery()
    return (
        select(PERSON_NAME.label("person"), Unit.name.label("unit"), Patrol.name.label("patrol"), found.position,
               positions.label("positions"), found.member_number, found.registered, found.since, found.until)
        .join(Person, Person.id == found.person_id)
        .join(Unit, Unit.id == found.unit_id)
        .outerjoin(Patrol, Patrol.id == found.patrol_id)
        .where(found.person_id.in_(mine.people))
        .order_by(found.person_id, found.since)
    )  # fmt: skip


def roles(mine: Mine) -> Rows:
    """What one may do in units."""
    wanted = select(Unit.name.label("unit"), Role.name.label("role"), Role.granted_at, Role.until)
    return wanted.join(Unit, Unit.id == Role.unit_id).where(Role.user_id == mine.user_id).order_by(Role.granted_at)


def about_mine(mine: Mine) -> ColumnElement[bool]:
    """Entries of the log that tell of the account, its people, or their places on outings."""
    rows = select(Participant.id).where(Participant.person_id.in_(mine.people))
    own = select(Signup.id).where(Signup.user_id == mine.user_id)
    return or_(
        AuditEntry.subject_id.in_((mine.user_id, *mine.people)),
        AuditEntry.subject_id.in_(rows),
        AuditEntry.subject_id.in_(own),
    )


def log(mine: Mine) -> Rows:
    """What concerns the family with its values; what one did to others without."""
    about = about_mine(mine)
    is_health = AuditEntry.subject_id.in_(mine.health)
    told = and_(about, or_(AuditEntry.action != OF_HEALTH, is_health))
    without_papers = AuditEntry.changes.op("-")(cast(sorted(PAPERS), ARRAY(Text)))
    changes = case((and_(told, is_health), AuditEntry.changes), (told, without_papers), else_=null())
    return (
        select(AuditEntry.at, func.coalesce(User.name, "the system or a former account").label("by"), AuditEntry.action,
               AuditEntry.subject_type, changes.label("changes"))
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(or_(about, AuditEntry.actor_id == mine.user_id))
        .order_by(AuditEntry.at, AuditEntry.id)
    )  # fmt: skip


SECTIONS = (
    Section("account", "Your account", ("users", "recovery_codes"), account),
    Section("sessions", "Where you are signed in", ("browser_sessions",), sessions),
    Section("second_factors", "Your second factors", ("second_factors",), factors),
    Section("roles", "Your roles", ("roles",), roles),
    Section("people", "Your people", ("people",), people),
    Section("guardianships", "Whom you look after", ("guardians",), guardianships),
    Section("invitations", "Guardians that you invited", ("guardian_invitations",), invitations),
    Section("join_requests", "Units that you asked to join", ("join_requests",), requests),
    Section("emergency_contacts", "Emergency contacts", ("emergency_contacts",), contacts),
    Section("collectors", "Who may and who may not collect them", ("collectors",), collectors),
    Section("health_notes", "Diet and health", ("health_notes",), health),
    Section("health_reads", "Who looked at health notes", ("health_reads",), health_reads),
    Section("memberships", "Units", ("memberships", "positions"), memberships),
    Section("trainings", "Trainings", ("trainings",), trainings),
    Section("training_claims", "Trainings that you claimed", ("training_claims",), claims),
    Section("signups", "Sign-ups that you made", ("signups",), parties),
    Section("participants", "Outings", ("participants",), participants),
    Section("consents", "Permissions that you gave", ("consents",), consents),
    Section("outings", "Outings that you planned or lead", ("outings", "outing_leads"), planned),
    Section("roster_imports", "Roster files that you brought", ("roster_imports",), imports),
    Section("log", "What was changed", ("audit_entries",), log),
)
