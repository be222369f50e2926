"""Who may do what, in one table. Pure data: a reader sees at a glance what each kind of person is trusted with.

``docs/security.md`` prints the same table, and a test compares the two. Every view names its line (``web/public.py``), and the
functions that load things (``access.py`` of each room) decide by it. Being told no has two forms: 404 for whoever may not even know
that the thing is there, 403 for whoever may see it and not change it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """What an account is to the thing that it asks for. It may be several of these at once."""

    SITE_ADMIN = "site admin"
    UNIT_ADMIN = "unit admin"
    LEADER = "leader"
    OUTING_LEAD = "outing lead"
    GUARDIAN = "guardian"
    ACCOUNT = "any account"
    GUEST = "nobody"


class Can(StrEnum):
    """A line of the table."""

    COME_IN = "come in"
    OWN_ACCOUNT = "own account"
    SEE_PERSON = "see a person"
    KEEP_HEALTH = "keep health notes"
    SIGN_UP = "sign up"
    CONSENT = "consent"
    INVITE_GUARDIAN = "invite a guardian"
    SEE_OUTING = "see an outing"
    PLAN_OUTINGS = "plan outings"
    KEEP_ROSTER = "keep the roster"
    OPEN_HEALTH = "open health notes"
    SEE_MEMBERS = "see members"
    INVITE = "invite families"
    KEEP_TRAININGS = "keep trainings"
    KEEP_MEMBERS = "keep members"
    KEEP_GUARDIANS = "keep guardians"
    GIVE_ROLES = "give roles"
    KEEP_UNIT = "keep the unit"
    READ_LOG = "read the unit's log"
    RUN_SITE = "run the site"


@dataclass(frozen=True)
class Permission:
    """What it means, and who has it."""

    sentence: str
    holders: frozenset[Who]


def held_by(sentence: str, *holders: Who) -> Permission:
    """One line."""
    return Permission(sentence, frozenset(holders))


EVERYBODY = tuple(Who)
SIGNED_IN = tuple(who for who in Who if who is not Who.GUEST)
LEADERS = (Who.SITE_ADMIN, Who.UNIT_ADMIN, Who.LEADER)
ADMINS = (Who.SITE_ADMIN, Who.UNIT_ADMIN)

TABLE: dict[Can, Permission] = {
    Can.COME_IN: held_by(
        "Sign in, open a link that one was given, ask to join a unit that takes requests, and read when and where the outings of a "
        "unit are that shows its list.",
        *EVERYBODY,
    ),
    Can.OWN_ACCOUNT: held_by("See and change one's own account, and add people to one's own family.", *SIGNED_IN),
    Can.SEE_PERSON: held_by(
        "See and change a child's or one's own details, and read who changed them.", Who.GUARDIAN
    ),
    Can.KEEP_HEALTH: held_by(
        "Read and write the health notes of a child, and read who looked at them, unless an admin has taken that away.",
        Who.GUARDIAN,
    ),
    Can.SIGN_UP: held_by("Sign a child up or off, unless an admin has taken that away.", Who.GUARDIAN),
    Can.CONSENT: held_by("Give permission for a child, unless an admin has taken that away.", Who.GUARDIAN),
    Can.INVITE_GUARDIAN: held_by(
        "Invite another guardian of a child, for whoever may do everything for that child.", Who.GUARDIAN
    ),
    Can.SEE_OUTING: held_by(
        "See a published outing of one's own units, or one that is open to them.", *LEADERS, Who.OUTING_LEAD, Who.GUARDIAN
    ),
    Can.PLAN_OUTINGS: held_by(
        "Plan, change, publish and cancel the unit's outings, see its drafts, and say who leads an outing.", *LEADERS
    ),
    Can.KEEP_ROSTER: held_by(
        "Read and change the roster of the unit's outings: phones, whom to call and who may collect a child, permissions, flags such "
        "as diets and what somebody carries, and how many may not eat what. A few days after the end only who was there.",
        *LEADERS,
    ),
    Can.OPEN_HEALTH: held_by(
        "Open the health notes of whoever comes, from publishing until a few days after the end. Each look is written down.",
        Who.OUTING_LEAD,
    ),
    Can.SEE_MEMBERS: held_by("See the unit's members, their guardians and phones, and of former ones what they were in the unit.", *LEADERS),
    Can.INVITE: held_by(
        "Invite families to the unit by mail or on paper; only an admin's invitation brings a child.", *LEADERS
    ),
    Can.KEEP_TRAININGS: held_by(
        "See and write down the trainings of the unit's adults, and decide what they claim; not one's own while somebody else "
        "leads the unit, too.",
        *LEADERS,
    ),
    Can.KEEP_MEMBERS: held_by("Add, change, transfer and merge members, export them, and give them accounts.", *ADMINS),
    Can.KEEP_GUARDIANS: held_by("Attach and detach guardians of a member, limit what they may do, and accept or decline who asks to join.", *ADMINS),
    Can.GIVE_ROLES: held_by("Give and take roles in the unit, for a time if wished.", *ADMINS),
    Can.KEEP_UNIT: held_by("Change the unit's settings, and add, rename and retire patrols.", *ADMINS),
    Can.READ_LOG: held_by("Read who changed what in the unit.", *ADMINS),
    Can.RUN_SITE: held_by(
        "Add units, suspend accounts, make site admins, and read the log of the whole site.", Who.SITE_ADMIN
    ),
}  # fmt: skip


def may(standings: set[Who], what: Can) -> bool:
    """Whether somebody who is all of ``standings`` to a thing may do ``what`` with it."""
    return not TABLE[what].holders.isdisjoint(standings)
