"""Asking to join a unit. An address counts once its owner has opened the link in a mail; an admin decides who belongs to whom."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.audit.rules import record
from app.clock import now, today
from app.errors import Conflict, NotFound, RuleBroken
from app.extensions import db, new_id
from app.families import guardians
from app.families.guardians import InvitationSpent, Rights
from app.families.models import GuardianProposal, Person, PersonKind
from app.identity import limits
from app.identity.models import User
from app.identity.permissions import Can
from app.identity.rules.accounts import digest
from app.mail import send_letter
from app.members.models import Invitation, JoinRequest, Membership, RequestState
from app.members.rules.invitations import accept_invitation, locked
from app.members.rules.telling import tell_of_request
from app.units.access import refuse_unless
from app.units.models import Unit

LIVES = timedelta(hours=2)
MOST_WAITING = 300  # of one unit
PER_EMAIL, PER_ADDRESS, PER_UNIT = (
    5,
    60,
    120,
)  # requests in a window (limits.WINDOW); a whole evening may share one Wi-Fi
LATE = "This link was used already, or it is too old. Open the invitation again."
NO_YOUTH = "One of these is no longer a youth of this unit. Look again and choose anew."
UNPROVED = (
    "There is an account with this address already, and nobody has confirmed it yet. Sign in to it and confirm the address under "
    "Account, then open this link again. If the account is not yours, tell whoever runs this site."
)
PROVE_FIRST = "Confirm your email address first, under Account. It is what tells an admin who asks."
NOT_PROVED = "The address {} has not been confirmed, so it may be somebody else who asks. Wait until it is, or decline."
FULL = "There are many requests at the moment. Try again tomorrow, or talk to a leader."


@dataclass(frozen=True)
class Asked:
    """What the form of somebody who asks says."""

    name: str
    email: str
    relationship: str | None = None
    message: str | None = None


def unit_to_ask(unit_id: uuid.UUID) -> Unit:
    """A unit that takes requests from whoever knows its address.

    Raises:
        NotFound: there is none, or it does not.
    """
    unit = db.session.get(Unit, unit_id)
    if unit is None or not unit.takes_requests:
        raise NotFound
    return unit


def begin_asking(unit: Unit, email: str, address: str) -> None:
    """Book it; the caller commits. Counted alike whether there is an account for ``email`` or not.

    Raises:
        TooMany: for this mailbox, unit or address.
    """
    limits.spend(f"join:email:{digest(email.strip().lower())}", PER_EMAIL)
    limits.spend(f"join:unit:{unit.id}", PER_UNIT)
    limits.spend(f"join:address:{address}", PER_ADDRESS)


def ask_by_mail(unit: Unit, invitation: Invitation | None, asked: Asked) -> JoinRequest:
    """Somebody who is not signed in: the link in the mail goes on. Nothing here looks whether there is such an account."""
    request = new_request(unit, invitation, asked, RequestState.UNPROVED)
    send_letter("members.prove_address", soon=True, request_id=str(request.id))
    return request


def new_request(unit: Unit, invitation: Invitation | None, asked: Asked, state: RequestState) -> JoinRequest:
    """The row."""
    request = JoinRequest(
        id=new_id(),
        unit_id=unit.id,
        invitation_id=invitation.id if invitation else None,
        name=asked.name,
        email=asked.email,
        relationship_to=asked.relationship,
        message=asked.message,
        state=state,
    )
    db.session.add(request)
    db.session.flush()
    return request


def ask_as(user: User, unit: Unit, invitation: Invitation | None, asked: Asked) -> None:
    """An account asks. It waits for an admin; while it waits, asking again changes nothing.

    Raises:
        RuleBroken: too many wait, or nobody has shown that the account's address is theirs.
    """
    if not user.email_proved:
        raise RuleBroken(PROVE_FIRST)
    check_room(unit.id)
    values = {
        "id": new_id(),
        "unit_id": unit.id,
        "invitation_id": invitation.id if invitation else None,
        "user_id": user.id,
        "name": user.name,
        "email": user.email,
        "message": asked.message,
        "state": RequestState.WAITING,
    }
    made = insert(JoinRequest).values(**values).on_conflict_do_nothing().returning(JoinRequest.id)
    if invitation and invitation.email:
        invitation.ended_at = now()
    if (new := db.session.scalar(made)) is not None:
        record(user, "asked to join", unit, unit_id=unit.id)
        tell_of_request(unit.id, new)


def check_room(unit_id: uuid.UUID) -> None:
    """Nobody fills the admins' list up.

    Raises:
        RuleBroken: too many wait.
    """
    here = (JoinRequest.unit_id == unit_id, JoinRequest.state == RequestState.WAITING)
    if (db.session.scalar(select(func.count()).where(*here)) or 0) >= MOST_WAITING:
        raise RuleBroken(FULL)


def unproved(token: str) -> JoinRequest:
    """The request that this link proves the address of; locked.

    Raises:
        InvitationSpent: used, too old or never sent; one answer for all.
    """
    wanted = select(JoinRequest).where(
        JoinRequest.token_hash == digest(token),
        JoinRequest.state == RequestState.UNPROVED,
        JoinRequest.created_at > now() - LIVES,
    )
    request = db.session.scalar(wanted.with_for_update(of=JoinRequest))
    if request is None:
        raise InvitationSpent(LATE)
    return request


def prove(request: JoinRequest) -> tuple[User, bool]:
    """The mailbox is theirs: connect the child of the invitation, or let the request wait for an admin. Returns the account, and
    whether it is new.

    Raises:
        InvitationSpent: somebody else has used the invitation meanwhile. RuleBroken: too many wait.
    """
    invitation = locked(Invitation.id == request.invitation_id) if request.invitation_id else None
    user, is_new = account_of(request.name, request.email)
    request.user_id, request.token_hash = user.id, None
    if invitation and invitation.person_id:
        accept_invitation(user, invitation, request.relationship_to)
        request.state, request.decided_at = RequestState.ACCEPTED, now()
    else:
        check_room(request.unit_id)
        waits = (JoinRequest.user_id == user.id, JoinRequest.state == RequestState.WAITING)
        if db.session.scalar(select(JoinRequest.id).where(JoinRequest.unit_id == request.unit_id, *waits)):
            db.session.delete(request)
        else:
            request.state = RequestState.WAITING
            record(user, "asked to join", request.unit, unit_id=request.unit_id)
            tell_of_request(request.unit_id, request.id)
    db.session.flush()
    return user, is_new


def account_of(name: str, email: str) -> tuple[User, bool]:
    """The account of a mailbox that was just proved, or a new one without a password.

    Raises:
        InvitationSpent: a site admin keeps the account out. Conflict: it was made at the same moment, or somebody else has typed
            the address first: what is theirs and what is yours must not come together in one account.
    """
    user = db.session.scalar(select(User).where(func.lower(User.email) == email.lower()))
    if user is not None:
        if user.suspended_at is not None:
            raise InvitationSpent(LATE)
        if not user.email_proved:
            raise Conflict(UNPROVED)
        return user, False
    user = User(id=new_id(), name=name, email=email)
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as collision:
        raise Conflict("This address was just taken. Sign in with it.") from collision
    record(user, "account made by invitation", user)
    return user, True


def waiting(actor: User, unit: Unit, request_id: uuid.UUID, *, lock: bool = False) -> JoinRequest:
    """A request of this unit that an admin may look at.

    Raises:
        NotAllowed: the actor may not attach guardians. NotFound: there is none, or its address was never proved.
    """
    refuse_unless(actor, Can.KEEP_GUARDIANS, unit.id)
    wanted = select(JoinRequest).where(
        JoinRequest.id == request_id, JoinRequest.unit_id == unit.id, JoinRequest.state != RequestState.UNPROVED
    )
    found = db.session.scalar(wanted.with_for_update(of=JoinRequest) if lock else wanted)
    if found is None:
        raise NotFound
    return found


def accept_request(actor: User, unit: Unit, request_id: uuid.UUID, children: Collection[uuid.UUID]) -> JoinRequest:
    """Connect the account with these children, all of them youth of the unit. Nobody is connected by a name alone.

    Raises:
        NotAllowed, NotFound: as ``waiting``. Conflict: it was decided already.
        RuleBroken: no child was chosen, or one is no youth of this unit; or the address was never proved.
    """
    request = undecided(actor, unit, request_id)
    # Whoever takes a child to another unit locks it, too.
    db.session.execute(select(Person.id).where(Person.id.in_(children)).order_by(Person.id).with_for_update())
    day = today(unit.time_zone)
    wanted = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.unit_id == unit.id, Membership.until.is_(None), Person.id.in_(children))
    )
    youth = [child for child in db.session.scalars(wanted) if child.kind_on(day) == PersonKind.YOUTH]
    if not youth or len(youth) != len(set(children)):
        raise RuleBroken(NO_YOUTH if children else "Choose the children, or decline.", "children")
    user = request.user
    assert user is not None
    if not user.email_proved:
        raise RuleBroken(NOT_PROVED.format(request.email))
    named = relationships(user.name, [child.id for child in youth])
    for child in sorted(youth, key=lambda child: child.id):
        if guardians.attach(user, child.id, named.get(child.id), Rights()):
            record(actor, "guardian added", child, changes={"guardian": (None, user.email)}, unit_id=unit.id)
    decide(actor, request, RequestState.ACCEPTED)
    return request


def decline_request(actor: User, unit: Unit, request_id: uuid.UUID, reply: str) -> JoinRequest:
    """Say no, with a sentence that the mail brings.

    Raises:
        NotAllowed, NotFound: as ``waiting``. Conflict: it was decided already. RuleBroken: there is no sentence.
    """
    request = undecided(actor, unit, request_id)
    if not reply:
        raise RuleBroken("Write a sentence for the mail, such as whom to ask.", "reply")
    request.reply = reply
    decide(actor, request, RequestState.DECLINED)
    return request


def undecided(actor: User, unit: Unit, request_id: uuid.UUID) -> JoinRequest:
    """Locked, so that two admins do not both decide.

    Raises:
        Conflict: somebody has decided.
    """
    request = waiting(actor, unit, request_id, lock=True)
    if request.state != RequestState.WAITING:
        raise Conflict("Somebody has decided about this already.")
    return request


def decide(actor: User, request: JoinRequest, state: RequestState) -> None:
    """Put it down, and tell whoever asked."""
    request.state, request.decided_at, request.decided_by_id = state, now(), actor.id
    record(actor, f"request to join {state}", request.unit, unit_id=request.unit_id)
    send_letter("members.join_decided", request_id=str(request.id))


def relationships(name: str, children: Collection[uuid.UUID]) -> dict[uuid.UUID, str | None]:
    """What the roster calls somebody of this name, by child."""
    named = select(GuardianProposal.person_id, func.lower(GuardianProposal.relationship_to))
    rows = db.session.execute(
        named.where(GuardianProposal.person_id.in_(children), func.lower(GuardianProposal.name) == name.lower())
    )
    return {row[0]: row[1] for row in rows}
