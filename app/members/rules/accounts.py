"""Giving a guardian an account, and the link with which they set its password."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import exists, func, select, union
from sqlalchemy.exc import IntegrityError

from app.audit.rules import record
from app.clock import today
from app.errors import Conflict, NotAllowed, RuleBroken
from app.extensions import db, new_id
from app.families import guardians
from app.families.models import Guardian, GuardianProposal, Person, PersonKind
from app.families.queries import family_ids
from app.identity.models import User
from app.identity.permissions import Can
from app.identity.rules.links import VOUCHERS, make_password_link
from app.members.access import member_of
from app.members.models import JoinRequest, Membership, RequestState
from app.members.queries import unit_ids_of
from app.members.rules.guardians import detach
from app.units.access import may, refuse_unless
from app.units.models import HOLDS, Role, Unit

ONLY_ADULTS = "Only adults have an account. A guardian signs a youth up."
TAKEN_BY_ANOTHER = "That email belongs to the account of another person. Use an address of {name}'s own."
UNPROVED = (
    "There is an account with this email, and nobody has shown yet that it is theirs. Ask its owner to sign in and to confirm the "
    "address under Account; then try again."
)
A_FAMILY = (
    "There is an account with this email, and a family in it that no unit has on its list. Its owner comes into the unit by an invitation; "
    "then try again."
)
NO_LINK = (
    "You cannot make a link for this account, because it also belongs to people or a unit that you do not administer. A site "
    "admin can."
)


class How(StrEnum):
    """What became of the account."""

    MADE = "made"
    LINKED = "linked"
    KEPT = "kept"


@dataclass(frozen=True)
class AccountGiven:
    """The account, and the token of a one-time link when one was made; the token is kept nowhere."""

    user: User
    how: How
    token: str | None


def give_account(
    actor: User,
    unit: Unit,
    person_id: uuid.UUID,
    email: str,
    children: Collection[uuid.UUID],
    shown: Collection[uuid.UUID],
) -> AccountGiven:
    """Make or link an adult member's account and make it the guardian of ``children``, youth of the same unit.

    Of the youth that the form has ``shown``, those who are not among ``children`` lose this guardian. An email that belongs to
    an account already links that account and makes no link: whoever owns it has a password or is waiting for one elsewhere.

    Raises:
        NotAllowed: the actor does not administer the unit.
        RuleBroken: the person is no adult, the email is another person's, or a child is no youth of the unit.
        Conflict: somebody made an account with this email at the same moment.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    lock_people({person_id, *children, *shown})
    person = member_of(unit.id, person_id, lock=True).person
    user, how, token = person.user, How.KEPT, None
    if user is None:
        user, how = find_or_make(actor, unit, person, email)
        token = make_password_link(user, actor) if how == How.MADE else None
    set_children(actor, unit, user, person, children, shown)
    return AccountGiven(user, how, token)


def lock_people(people: Collection[uuid.UUID]) -> None:
    """People before places, as everybody does who locks both; a child's row is the lock on its guardians (``families/guardians.py``)."""
    db.session.execute(select(Person.id).where(Person.id.in_(people)).order_by(Person.id).with_for_update())


def find_or_make(actor: User, unit: Unit, person: Person, email: str) -> tuple[User, How]:
    """The account that owns ``email``, or a new one, connected to ``person``."""
    if person.kind_on(today(unit.time_zone)) != PersonKind.ADULT:
        raise RuleBroken(ONLY_ADULTS)
    email = email.strip()
    user = db.session.scalar(select(User).where(func.lower(User.email) == email.lower()))
    how = How.LINKED if user else How.MADE
    if user and not user.email_proved:
        raise RuleBroken(UNPROVED, "email")
    if user and db.session.scalar(select(Person.id).where(Person.user_id == user.id)):
        raise RuleBroken(TAKEN_BY_ANOTHER.format(name=person.full_name), "email")
    if user and has_family_of_its_own(user) and unit.id not in set(db.session.scalars(unit_ids_of(user.id))):
        raise RuleBroken(A_FAMILY, "email")
    try:
        if user is None:
            user = User(id=new_id(), email=email, name=person.full_name, email_proved=False)
            db.session.add(user)
            db.session.flush()
            record(actor, "account made", user, changes={"email": (None, email)}, unit_id=unit.id)
        # A birth date may have made an adult of somebody whom the roster still lists as youth.
        person.kind = PersonKind.ADULT
        person.user_id = user.id
        db.session.flush()
    except IntegrityError as collision:
        raise Conflict(
            "Somebody gave this email or this person an account at the same moment. Look again."
        ) from collision
    record(actor, "account connected", person, changes={"user_id": (None, user.id)}, unit_id=unit.id)
    return user, how


def has_family_of_its_own(user: User) -> bool:
    """Whether the account looks after somebody who is a member nowhere. An admin who could connect it with anybody would vouch for it
    next, and open what is nobody's but this family's.
    """
    member = exists().where(Membership.person_id == Guardian.person_id, Membership.until.is_(None))
    return bool(db.session.scalar(select(exists().where(Guardian.user_id == user.id, ~member))))


def set_children(
    actor: User,
    unit: Unit,
    user: User,
    person: Person,
    children: Collection[uuid.UUID],
    shown: Collection[uuid.UUID],
) -> None:
    """Make ``user`` the guardian of ``children`` and of none of the other youth that were ``shown``.

    Raises:
        RuleBroken: one of the children is no youth of this unit.
    """
    day = today(unit.time_zone)
    asked = set(children) | set(shown)
    youth = {
        child.id: child
        for child in db.session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.unit_id == unit.id, Membership.until.is_(None), Person.id.in_(asked))
        )
        if child.kind_on(day) == PersonKind.YOUTH
    }
    if set(children) - set(youth):
        raise RuleBroken("One of these is no longer a youth of this unit. Look again and choose anew.", "children")
    held = {
        guardian.person_id: guardian
        for guardian in db.session.scalars(
            select(Guardian).where(Guardian.user_id == user.id, Guardian.person_id.in_(youth))
        )
    }
    named = proposed_relationships(person.id, youth)
    for child_id in sorted(set(children) - set(held)):
        relation = named.get(child_id)
        db.session.add(Guardian(user_id=user.id, person_id=child_id, relationship_to=relation))
        record(actor, "guardian added", youth[child_id], changes={"guardian": (None, user.email)}, unit_id=unit.id)
    for child_id in sorted(set(held) - set(children)):
        refuse_leaving_alone(youth[child_id], held[child_id])
        detach(actor, unit.id, youth[child_id], held[child_id])
    try:
        db.session.flush()
    except IntegrityError as collision:
        raise Conflict("Somebody changed this family at the same moment. Look again.") from collision


def refuse_leaving_alone(child: Person, held: Guardian) -> None:
    """Somebody may always do everything for a child; only the child's own page takes a reason why not.

    Raises:
        RuleBroken: this is the last one.
    """
    try:
        guardians.refuse_leaving_alone(child, held, None, "")
    except RuleBroken:
        raise RuleBroken(
            f"Then nobody could do everything for {child.full_name}. The page of the child's guardians asks for the reason.",
            "children",
        ) from None


def proposed_relationships(adult_id: uuid.UUID, children: Collection[uuid.UUID]) -> dict[uuid.UUID, str | None]:
    """What the roster calls the adult, by child."""
    rows = db.session.execute(
        select(GuardianProposal.person_id, func.lower(GuardianProposal.relationship_to)).where(
            GuardianProposal.adult_id == adult_id, GuardianProposal.person_id.in_(children)
        )
    )
    return {row[0]: row[1] for row in rows}


def renew_link(actor: User, unit: Unit, person_id: uuid.UUID) -> AccountGiven:
    """A new one-time link for the account of a member; earlier ones stop working.

    Raises:
        NotAllowed: the actor does not administer the unit, or may not vouch for this account.
        RuleBroken: the person has no account.
    """
    refuse_unless(actor, Can.KEEP_MEMBERS, unit.id)
    user = member_of(unit.id, person_id, lock=True).person.user
    if user is None:
        raise RuleBroken("There is no account yet. Give one first.")
    if not may_vouch_for(actor, user):
        raise NotAllowed(NO_LINK)
    token = make_password_link(user, actor)
    record(actor, "password link made", user, unit_id=unit.id)
    return AccountGiven(user, How.KEPT, token)


def may_vouch_for(actor: User, user: User) -> bool:
    """Whether ``actor`` may hold a link that opens ``user``'s account.

    Whoever opens the link owns the account and all that it reaches, so nobody may make one for an account that reaches further
    than they do: never for a site admin, and else only for accounts whose roles and family lie in units that the actor
    administers. That holds before a first password is set as well: an account that another unit has made waits for its owner
    with that unit's children in it.
    """
    if user.is_site_admin:
        return False
    if actor.is_site_admin:
        return True
    waits = (JoinRequest.user_id == user.id, JoinRequest.state == RequestState.WAITING)
    reached = set(db.session.scalars(union(unit_ids_of(user.id), select(JoinRequest.unit_id).where(*waits))))
    return bool(reached) and all(may(actor, Can.KEEP_MEMBERS, unit_id) for unit_id in reached)


def still_vouches(maker: User, user: User) -> bool:
    """Whether a link that ``maker`` has made may still open ``user``'s account: not once the maker administers none of its units, nor
    once it runs the site, has a role elsewhere, or somebody in its family is a member elsewhere only.
    """
    if user.is_site_admin:
        return False
    if maker.is_site_admin:
        return True
    held = db.session.scalars(select(Role.unit_id).where(Role.user_id == user.id, HOLDS))
    if not all(may(maker, Can.KEEP_MEMBERS, unit_id) for unit_id in held):
        return False
    places: dict[uuid.UUID, list[uuid.UUID]] = {}
    living = (Membership.person_id.in_(family_ids(user.id)), Membership.until.is_(None))
    for person_id, unit_id in db.session.execute(select(Membership.person_id, Membership.unit_id).where(*living)):
        places.setdefault(person_id, []).append(unit_id)
    return bool(places) and all(
        any(may(maker, Can.KEEP_MEMBERS, unit_id) for unit_id in units) for units in places.values()
    )


VOUCHERS["members"] = still_vouches
