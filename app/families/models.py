"""People and those who care for them: the guardian's side of the troop."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.extensions import Model, new_id
from app.identity.models import User

# The last name as a roster file may write it: lower case, without accents, blanks and marks.
LAST_KEY = (
    "regexp_replace(normalize(lower(last_name), NFKD), '[\u0300-\u036f\u2010\u2011\u2018\u2019''`.,\\s-]', '', 'g')"
)
ADULT_FROM = 18  # years; domain.md: "adult from 18 on"


class PersonKind(StrEnum):
    """Seats, tents and two-deep leadership tell youth from adults."""

    YOUTH = "youth"
    ADULT = "adult"


class Gender(StrEnum):
    """Asked because safeguarding and tent rules need it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class PhotoConsent(StrEnum):
    """Where pictures of somebody may be seen, from the narrowest to the widest."""

    NONE = "none"
    UNIT = "unit"
    UNNAMED = "public_unnamed"
    PUBLIC = "public"


class SwimClass(StrEnum):
    """Scouting America's classification, renewed yearly."""

    SWIMMER = "swimmer"
    BEGINNER = "beginner"
    NONSWIMMER = "nonswimmer"


def age_on(birth_date: date, day: date) -> int:
    """Whole years lived on ``day``; a person born on 29 February has the birthday on 1 March in other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def kind_on(said: str, birth_date: date | None, day: date) -> PersonKind:
    """Youth or adult on a given day, of somebody whom a roster or a guardian calls either; a known birth date is the better witness."""
    if birth_date is None:
        return PersonKind(said)
    return PersonKind.ADULT if age_on(birth_date, day) >= ADULT_FROM else PersonKind.YOUTH


class Person(Model):
    """A human who may go on an outing."""

    __tablename__ = "people"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), unique=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    preferred_name: Mapped[str | None]
    birth_date: Mapped[date | None]
    # What the roster or the guardian says. A known birth date is the better witness: see kind_on().
    kind: Mapped[str]
    gender: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    rank: Mapped[str | None]
    swim_class: Mapped[str | None]
    swim_class_on: Mapped[date | None]
    form_ab_until: Mapped[date | None]
    form_c_until: Mapped[date | None]
    # That the unit has the paper; the paper itself is never here.
    form_in_binder: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # What a unit noted of old about who may collect the child; rows of Collector took its place, and it is shown beside them.
    pick_up_note: Mapped[str | None]
    photo_consent: Mapped[str | None]
    photo_consent_at: Mapped[datetime | None]
    photo_consent_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    # 0 is kindergarten. It moves on each summer, so the day on which it was said is kept with it (grades.py).
    grade: Mapped[int | None]
    grade_said_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    # Since when this row is only the fact that somebody was there, and no longer who.
    anonymised_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    emergency_contacts: Mapped[list["EmergencyContact"]] = relationship(
        order_by="EmergencyContact.position", cascade="all, delete-orphan", back_populates="person"
    )

    __table_args__ = (
        CheckConstraint("kind IN ('youth', 'adult')", name="kind_known"),
        CheckConstraint("gender IN ('female', 'male', 'other')", name="gender_known"),
        CheckConstraint("swim_class IN ('swimmer', 'beginner', 'nonswimmer')", name="swim_class_known"),
        CheckConstraint("length(first_name) BETWEEN 1 AND 80", name="first_name_length"),
        CheckConstraint("length(last_name) BETWEEN 1 AND 80", name="last_name_length"),
        CheckConstraint("birth_date > DATE '1900-01-01'", name="birth_date_plausible"),
        CheckConstraint("kind = 'adult' OR user_id IS NULL", name="only_adults_have_accounts"),
        CheckConstraint("photo_consent IN ('none', 'unit', 'public_unnamed', 'public')", name="photo_consent_known"),
        CheckConstraint("(photo_consent IS NULL) = (photo_consent_at IS NULL)", name="photo_consent_has_a_date"),
        CheckConstraint("grade BETWEEN 0 AND 12", name="grade_known"),
        CheckConstraint("(grade IS NULL) = (grade_said_on IS NULL)", name="grade_has_a_date"),
        Index(
            "ix_people_photo_consent_by_id",
            "photo_consent_by_id",
            postgresql_where=text("photo_consent_by_id IS NOT NULL"),
        ),
        Index("ix_people_last_key", text(LAST_KEY)),
        Index("ix_people_email_lower", text("lower(email)"), postgresql_where=text("email IS NOT NULL")),
    )

    @property
    def full_name(self) -> str:
        """The name that people call, then the family name."""
        return f"{self.preferred_name or self.first_name} {self.last_name}"

    def kind_on(self, day: date) -> PersonKind:
        """Youth or adult on a given day."""
        return kind_on(self.kind, self.birth_date, day)


class EmergencyContact(Model):
    """Whom to call about a person, in order of calling."""

    __tablename__ = "emergency_contacts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    name: Mapped[str]
    phone: Mapped[str]
    relationship_to: Mapped[str | None]
    # The guardian whose home the contact belongs to; guardians of another home do not see it. Empty: shared.
    home_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))

    person: Mapped[Person] = relationship(back_populates="emergency_contacts")

    __table_args__ = (
        UniqueConstraint("person_id", "position"),
        CheckConstraint("position >= 1", name="position_from_one"),
    )


class Collector(Model):
    """Somebody who may collect a child, or who may not."""

    __tablename__ = "collectors"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    may_collect: Mapped[bool]
    note: Mapped[str | None]
    # As of an emergency contact: guardians of another home do not see it. Empty: shared.
    home_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="name_length"),
        CheckConstraint("length(note) <= 300", name="note_length"),
    )


class Guardian(Model):
    """An account that acts for a person. A child with two homes has guardians in both."""

    __tablename__ = "guardians"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    relationship_to: Mapped[str | None]
    may_sign_up: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    may_consent: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    may_see_health: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    since: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    user: Mapped[User] = relationship()
    person: Mapped[Person] = relationship()


class GuardianInvitation(Model):
    """A one-time link with which its holder becomes a guardian of one person. Only the hash of its token is kept."""

    __tablename__ = "guardian_invitations"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    relationship_to: Mapped[str | None]
    may_sign_up: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    may_consent: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    may_see_health: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    # Whoever loses the right to invite takes the open invitations along.
    created_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    expires_at: Mapped[datetime]
    # When it was accepted or taken back; it opens nothing from then on.
    used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()


class GuardianProposal(Model):
    """A guardian whom a roster file names. It gives no rights until a unit admin makes the link."""

    __tablename__ = "guardian_proposals"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    # The adult on the same roster, when the file gives a member number that we know.
    adult_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    relationship_to: Mapped[str | None]
    phone: Mapped[str | None]

    __table_args__ = (
        Index("uq_guardian_proposals_person_id_name_lower", "person_id", text("lower(name)"), unique=True),
    )


class Training(Model):
    """A training that an adult has, under the code that rosters use, such as ``Y01``."""

    __tablename__ = "trainings"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    code: Mapped[str]
    name: Mapped[str]
    # Known where a leader wrote it down or confirmed it; a roster file tells only when it runs out.
    completed_on: Mapped[date | None]
    expires_on: Mapped[date | None]

    __table_args__ = (UniqueConstraint("person_id", "code"),)


class ClaimState(StrEnum):
    """A claim counts for nothing until a leader confirms it; then it is a ``Training``."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class TrainingClaim(Model):
    """What an adult says to have completed, until a leader has seen the proof."""

    __tablename__ = "training_claims"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    code: Mapped[str]
    name: Mapped[str]
    completed_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(default=ClaimState.WAITING, server_default=text("'waiting'"))
    claimed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    claimed_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    decided_at: Mapped[datetime | None]
    reply: Mapped[str | None]

    person: Mapped[Person] = relationship()

    @property
    def days(self) -> str:
        """What a decision is based on: claimed again meanwhile, it may be others."""
        return f"{self.completed_on or ''} {self.expires_on or ''}"

    __table_args__ = (
        Index(
            "uq_training_claims_waiting", "person_id", "code", unique=True, postgresql_where=text("state = 'waiting'")
        ),
        CheckConstraint("state IN ('waiting', 'confirmed', 'refused', 'withdrawn')", name="state_known"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_has_a_date"),
        CheckConstraint("completed_on IS NOT NULL OR expires_on IS NOT NULL", name="has_a_date"),
    )
