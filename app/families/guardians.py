"""Who looks after a child, and what each of them may do. Two homes act for one child and know nothing else of each other.

Somebody may always do everything for a child, unless a unit admin decides otherwise and says why.
"""

import secrets
import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import ColumnExpressionArgument, delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from app.audit.rules import record
from app.clock import now
from app.errors import NotAllowed, RuleBroken
from app.extensions import db, new_id
from app.families.access import Tie, lock_child
from app.families.models import Collector, EmergencyContact, Guardian, GuardianInvitation, Person
from app.families.queries import unit_of
from app.identity.models import User
from app.identity.rules.accounts import digest, find_user
from app.identity.rules.email import ask_for_proof
from app.identity.rules.passwords import set_password

LIVES = timedelta(hours=48)
MOST = 20  # guardians of one child, and invitations that are open
SPENT = "This link was used already, taken back, or it is older than 48 hours. Ask whoever sent it for a new one."
LAST = "Then nobody could do everything for {}. Say why, if that is how it has to be."


class InvitationSpent(RuleBroken):
    """A link that makes nobody a guardian any more."""

    status = 410


@dataclass(frozen=True)
class Rights:
    """What a guardian may do beside seeing and keeping the child's details."""

    may_sign_up: bool = True
    may_consent: bool = True
    may_see_health: bool = True

    @classmethod
    def of(cls, held: Guardian | GuardianInvitation) -> "Rights":
        """Those of a guardian, or those that an invitation gives."""
        return cls(held.may_sign_up, held.may_consent, held.may_see_health)

    @property
    def are_all(self) -> bool:
        """Nothing has been taken away."""
        return self.may_sign_up and self.may_consent and self.may_see_health


@dataclass(frozen=True)
class Named:
    """A guardian by name; no address and no number, which are of their own home."""

    user_id: uuid.UUID
    name: str
    relationship_to: str | None
    rights: Rights


def guardians_of(person_id: uuid.UUID) -> list[Named]:
    """Everybody who looks after a child, in the order in which they came. One statement."""
    rows = db.session.execute(
        select(Guardian, User.name)
        .join(User, User.id == Guardian.user_id)
        .where(Guardian.person_id == person_id)
        .order_by(Guardian.since, User.id)
        .limit(MOST)
    )
    return [Named(found.user_id, name, found.relationship_to, Rights.of(found)) for found, name in rows]


def may_invite(tie: Tie) -> bool:
    """Whoever may do everything for a child may let somebody else in."""
    return tie.guardian is not None and Rights.of(tie.guardian).are_all


def invite(actor: User, tie: Tie, relationship: str | None, rights: Rights) -> str:
    """A one-time link that makes its holder a guardian. Returns the token, which is kept nowhere.

    Raises:
        NotAllowed: the actor may not do everything for this child. RuleBroken: too many links are open.
    """
    if not may_invite(tie):
        raise NotAllowed("Only a guardian who may do everything for this child can invite another.")
    if len(open_invitations(tie.person.id)) >= MOST:
        raise RuleBroken("There are many open invitations. Take some back first.")
    token = secrets.token_urlsafe(32)
    invitation = GuardianInvitation(
        person_id=tie.person.id,
        token_hash=digest(token),
        relationship_to=relationship,
        created_by_id=actor.id,
        expires_at=now() + LIVES,
        **asdict(rights),
    )
    db.session.add(invitation)
    record(actor, "guardian invited", tie.person, changes=given(rights), unit_id=log_of(tie.person))
    return token


def given(rights: Rights) -> dict[str, tuple[bool | None, bool]]:
    """For the log: what somebody gets who had nothing."""
    return {name: (None, value) for name, value in asdict(rights).items()}


def open_invitations(person_id: uuid.UUID) -> list[GuardianInvitation]:
    """Links to a child that still work, oldest first."""
    live = (GuardianInvitation.used_at.is_(None), GuardianInvitation.expires_at > now())
    wanted = select(GuardianInvitation).where(GuardianInvitation.person_id == person_id, *live)
    return list(db.session.scalars(wanted.order_by(GuardianInvitation.created_at).limit(MOST)))


def withdraw(actor: User, tie: Tie) -> None:
    """No link to this child works any longer.

    Raises:
        NotAllowed: the actor may not do everything for this child.
    """
    if not may_invite(tie):
        raise NotAllowed("Only a guardian who may do everything for this child can take invitations back.")
    if end_invitations(tie.person.id):
        record(actor, "invitations taken back", tie.person, unit_id=log_of(tie.person))


def end_invitations(person_id: uuid.UUID) -> bool:
    """No link to a child works any longer. Returns whether one did; the caller records it."""
    taken = open_invitations(person_id)
    for invitation in taken:
        invitation.used_at = now()
    return bool(taken)


def end_invitations_of(user_id: uuid.UUID) -> None:
    """No link to any child works any longer that this account has made: it may not have been its owner."""
    mine = (GuardianInvitation.created_by_id == user_id, GuardianInvitation.used_at.is_(None))
    db.session.execute(update(GuardianInvitation).where(*mine).values(used_at=now()))


def open_invitation(token: str) -> GuardianInvitation:
    """The live invitation that ``token`` belongs to; locked, so that two browsers cannot both use it. It counts only while
    whoever made it may still do everything for the child.

    Raises:
        InvitationSpent: spent, expired, taken back or never made; one answer for all.
    """
    maker = exists().where(
        Guardian.user_id == GuardianInvitation.created_by_id,
        Guardian.person_id == GuardianInvitation.person_id,
        *may_everything(),
    )
    of_token = GuardianInvitation.token_hash == digest(token)
    lock_child(select(GuardianInvitation.person_id).where(of_token))
    invitation = db.session.scalar(
        select(GuardianInvitation)
        .where(
            of_token,
            GuardianInvitation.used_at.is_(None),
            GuardianInvitation.expires_at > now(),
            maker,
        )
        .with_for_update(of=GuardianInvitation)
    )
    if invitation is None:
        raise InvitationSpent(SPENT)
    return invitation


def new_account(name: str, email: str, password: str) -> User:
    """An account for somebody who was invited and has none. The address is what they say it is, so it is asked for by a mail.

    Raises:
        RuleBroken: the email has an account, or the password will not do.
    """
    if find_user(email) is not None:
        raise RuleBroken("This address has an account here. Sign in with it, then open the link again.", "email")
    user = User(id=new_id(), name=name, email=email, email_proved=False)
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as collision:
        raise RuleBroken("This address was just taken. Sign in, then open the link again.", "email") from collision
    set_password(user, password)
    ask_for_proof(user, user.email)
    record(user, "account made by invitation", user)
    return user


def accept(user: User, invitation: GuardianInvitation) -> Person:
    """Make ``user`` a guardian. Whoever is one already keeps what they have: a link neither adds to it nor takes from it."""
    rights, person = Rights.of(invitation), invitation.person
    invitation.used_at = now()
    if attach(user, person.id, invitation.relationship_to, rights):
        record(user, "became a guardian by invitation", person, changes=given(rights), unit_id=log_of(person))
    return person


def attach(user: User, person_id: uuid.UUID, relationship: str | None, rights: Rights) -> bool:
    """Make ``user`` a guardian, unless they are one. Says whether that was new; the caller has checked and records it."""
    key = (user.id, person_id)
    if db.session.get(Guardian, key) is not None:
        return False
    try:
        # Through the session, which tells whoever keeps the words that a child is found by.
        with db.session.begin_nested():
            db.session.add(
                Guardian(user_id=user.id, person_id=person_id, relationship_to=relationship, **asdict(rights))
            )
    except IntegrityError:
        if db.session.get(Guardian, key) is None:
            raise
        return False
    return True


def forget_home(user_id: uuid.UUID, person: Person) -> None:
    """What a guardian kept to their home, of whom to call and who may collect the child, goes with the guardian."""
    for model in (EmergencyContact, Collector):
        db.session.execute(delete(model).where(model.person_id == person.id, model.home_of_id == user_id))


def may_everything(guardian: type[Guardian] = Guardian) -> tuple[ColumnExpressionArgument[bool], ...]:
    """Of a guardian in a statement. Whoever is suspended may do nothing."""
    return (
        *(guardian.may_sign_up, guardian.may_consent, guardian.may_see_health),
        *(User.id == guardian.user_id, User.suspended_at.is_(None)),
    )


def refuse_leaving_alone(person: Person, held: Guardian, wanted: Rights | None, reason: str) -> None:
    """Somebody may always do everything for a child.

    Raises:
        RuleBroken: field ``reason``, which must say why it is otherwise.
    """
    if reason or not Rights.of(held).are_all or (wanted and wanted.are_all):
        return
    other = exists().where(
        Guardian.person_id == person.id,
        Guardian.user_id != held.user_id,
        *may_everything(),
    )
    if not db.session.scalar(select(other)):
        raise RuleBroken(LAST.format(person.full_name), "reason")


def log_of(person: Person) -> uuid.UUID | None:
    """A unit whose log tells of this, if the person is in one."""
    unit = unit_of(person.id)
    return unit.id if unit else None
