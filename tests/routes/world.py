"""Two units, everybody who could ask for a page, and secrets planted where they may be found."""

import io
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import csrf
from app.audit.rules import record
from app.clock import now
from app.duplicates.access import pair_for
from app.duplicates.models import PersonMerge
from app.duplicates.rules.merging import fingerprint, merge
from app.errors import RuleBroken
from app.extensions import db, new_id
from app.families.access import tie_of
from app.families.guardians import Rights, invite
from app.families.health.answers import Allergy, Answers, Medication
from app.families.health.notes import kept_for_guardian
from app.families.models import Collector, EmergencyContact, Guardian, GuardianProposal, Person, TrainingClaim
from app.identity import vault
from app.identity.models import BrowserSession, Purpose, SecondFactor, User
from app.identity.permissions import Can
from app.identity.rules.accounts import digest
from app.identity.rules.emailed import make_link
from app.identity.rules.factors import new_codes
from app.identity.rules.links import make_password_link
from app.identity.rules.sessions import begin_session
from app.mail.models import KeptMail
from app.members.importing import drafting, slices
from app.members.importing.applying import apply
from app.members.models import JoinRequest, Membership, Position, RosterImport, Transfer
from app.members.rules.editing import place_version
from app.members.rules.invitations import make_links
from app.members.rules.joining import Asked, ask_as, ask_by_mail
from app.outings.models import OutingState
from app.signups.rules import leader as leader_rules
from app.units.access import may
from app.units.models import Role, RoleName
from tests.factories import (
    PASSWORD,
    keep,
    make_adult,
    make_family,
    make_health,
    make_lead,
    make_leader,
    make_outing,
    make_patrol,
    make_person,
    make_unit,
    make_user,
)
from tests.mail.helpers import fail_one
from tests.outings.helpers import children_of, typed
from tests.roster.helpers import put_on
from tests.sites import Site

ROSTER = b"First Name,Last Name,Youth or adult,Birth date\nOve,Import,Youth,2014-02-03\n"
TABLE = b"Given,Family,Born\nOda,Import,02/03/2014\n"
NEW_PASSWORD = "a quite new pass phrase"
WHO = (
    "nobody", "parent", "limited", "other_parent", "other_leader", "ended", "leader", "lead", "admin", "site_admin", "newly_made",
    "suspended",
)  # fmt: skip

# Of a family's own words about health, by the field in which each stands.
HEALTH_FIELDS = (
    "DIET", "ALLERGEN", "REACTION", "ACTION", "ALLERGY", "MEDICATION", "DOSE", "TIMES", "CONDITION",
)  # fmt: skip


@dataclass
class World:
    """``users`` and the tokens of their sessions by role, and ``ids`` by the name that the table uses."""

    users: Mapping[str, User] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)  # of their browsers, as far as somebody has come with one

    def __getitem__(self, name: str) -> str:
        """The id of a thing."""
        return self.ids[name]


@dataclass(frozen=True)
class Accounts(Mapping[str, User]):
    """Those of a world by role, of which each is read when somebody asks for it."""

    ids: dict[str, uuid.UUID]

    def __getitem__(self, who: str) -> User:
        return db.session.get_one(User, self.ids[who])

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class InhabitedSite(Site):
    """A site with a world in it."""

    users: Accounts
    ids: dict[str, str]
    keys: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)
    signed_in: list[datetime] = field(default_factory=list)  # when, the last time

    @classmethod
    def of(cls, site: Site, world: World) -> "InhabitedSite":
        """The site in which ``world`` was made."""
        accounts = Accounts({who: user.id for who, user in world.users.items()})
        return cls(site.app, site.url, accounts, world.ids, world.keys)

    def world(self) -> World:
        """As it is for this test: everybody has signed in a moment ago."""
        if not self.signed_in or now() - self.signed_in[0] > timedelta(minutes=1):
            self.signed_in[:] = [now()]
            with db.engine.begin() as connection:  # for the next tests, too
                connection.execute(
                    update(BrowserSession).values(created_at=now(), last_used_at=now(), confirmed_at=now())
                )
        return World(self.users, dict(self.ids), self.keys, self.cookies)


def make_world() -> World:
    """Unit and outing are what the table asks for; ``other_...`` lies in the other unit, ``sibling`` beside the outing."""
    unit, other_unit = make_unit("Troop 77", takes_requests=True), make_unit("Troop 12 SECRET-OTHER-UNIT")
    patrol = make_patrol(unit)
    parent = make_family(unit, children=1, last_name="Lindqvist")
    other_parent = make_family(other_unit, children=1, last_name="SecretOtherFamily")
    users = {
        "parent": parent,
        # The child's other home, from which an admin has taken what can be taken.
        "limited": make_user(name="Nils Lindqvist", email="secret-home@example.org"),
        # A leader until yesterday.
        "ended": make_leader(unit),
        # Leads the outing and, beyond that, is a leader as any other.
        "lead": make_leader(unit),
        "suspended": make_leader(unit, RoleName.ADMIN, is_site_admin=True, suspended_at=now()),
        "other_parent": other_parent,
        "other_leader": make_leader(other_unit),
        "leader": make_leader(unit),
        "admin": make_leader(unit, RoleName.ADMIN),
        "site_admin": make_user(is_site_admin=True),
        # All rights there are, and none before the password is changed.
        "newly_made": make_leader(unit, RoleName.ADMIN, is_site_admin=True, must_change_password=True),
    }
    db.session.query(Role).filter_by(user_id=users["ended"].id).one().until = now() - timedelta(days=1)
    child, other_child = children_of(parent)[0], children_of(other_parent)[0]
    keep(
        Guardian(
            user_id=users["limited"].id, person_id=child.id, may_sign_up=False, may_consent=False, may_see_health=False
        )
    )
    neighbour, lone_adult = make_neighbours(unit, patrol)
    plant(child, "OWN", "1")
    plant(other_child, "FOREIGN", "2")
    outing = make_outing(unit, youth_seats=1)
    draft = make_outing(unit, state=OutingState.DRAFT, title="SECRET-DRAFT")
    make_lead(users["lead"], outing)
    sibling = make_outing(
        unit, title="Sibling", starts_at=now() + timedelta(days=40), ends_at=now() + timedelta(days=41)
    )
    foreign = make_outing(other_unit, title="SECRET-FOREIGN-OUTING")
    hang_a_board()
    moving = {
        "position": position_of(child, "Scribe"), "other_position": position_of(other_child, "Scribe"),
        "other_patrol": make_patrol(other_unit),
        "twin": make_person("Ida", "Twin", unit=unit), "twin_too": make_person("Ida", "Twin", unit=unit),
        "merge": merged_in(unit, users["admin"]), "other_merge": merged_in(other_unit, users["site_admin"]),
        # Somebody is to come; and two other units have something between them.
        "transfer": transfer_from(make_unit(), unit), "other_transfer": transfer_from(other_unit, make_unit()),
    }  # fmt: skip
    rows = {
        "row": put_on(outing, neighbour, patrol_id=patrol.id, note="SECRET-ROSTER-NOTE"),
        "waiting": put_on(outing, make_person("Wanda", "SecretNeighbour", unit=unit), "waiting", number=1),
        "waiting_too": put_on(outing, make_person("Willy", "SecretNeighbour", unit=unit), "waiting", number=2),
        "sibling_row": put_on(sibling, neighbour),
        "other_row": put_on(foreign, other_child),
    }
    imports = make_imports((users["admin"], unit), (users["other_leader"], other_unit))
    things = {
        "unit": unit, "other_unit": other_unit, "outing": outing, "draft": draft, "sibling": sibling, "other_outing": foreign,
        "child": child, "neighbour": neighbour, "lone_adult": lone_adult, "other_child": other_child, "patrol": patrol,
        "parent": parent, "other_parent": other_parent, "lead": users["lead"], "limited": users["limited"],
        "parent_person": db.session.query(Person).filter_by(user_id=parent.id).one(),
        "other_person": db.session.query(Person).filter_by(user_id=other_parent.id).one(),
        "contact": only(EmergencyContact, child), "other_contact": only(EmergencyContact, other_child),
        "collector": only(Collector, child), "other_collector": only(Collector, other_child),
    } | rows | imports | moving  # fmt: skip
    ids = {name: str(thing.id) for name, thing in things.items()}
    ids["own_person"] = ids["parent_person"]
    for name, owner in (("claim", "parent_person"), ("other_claim", "other_person")):
        claim = TrainingClaim(
            person_id=uuid.UUID(ids[owner]), code="FIRST_AID", name="First aid", completed_on=now().date()
        )
        ids[name] = str(keep(claim).id)
    mailed = make_user()
    for name, purpose in (("sign_in_token", Purpose.SIGN_IN), ("reset_token", Purpose.PASSWORD)):
        ids[name], _ = make_link(mailed, purpose)
    for name, purpose, owner in (("email_token", Purpose.EMAIL, parent), ("back_token", Purpose.EMAIL_BACK, mailed)):
        ids[name], _ = make_link(owner, purpose, email=f"{name}@example.org")
    ids["failed_mail"] = str(fail_one("secret-neighbour@example.org"))
    ids["kept_mail"] = str(keep(KeptMail(recipient="a@example.org", subject="Hello", text="Hello", html="<p>Hello")).id)
    ids["invitation"] = invite(parent, tie_of(parent, child.id), "parent", Rights())
    ids |= make_ways_in(unit, other_unit, child, users)
    record(parent, "guardian added", child, changes={"guardian": (None, users["limited"].email)}, unit_id=unit.id)
    ids["token"] = make_password_link(make_user(), None)
    factor = keep(SecondFactor(user_id=users["other_leader"].id, kind="app", name="My phone", secret="sealed"))
    ids["factor"] = str(factor.id)
    new_codes(users["other_leader"])
    begin_session(parent, "Safari on an iPad", remembered=True)
    ids["session"] = str(db.session.query(BrowserSession.id).filter_by(user_id=parent.id).scalar())
    keys = {who: begin_session(user, "Firefox on Linux", remembered=False) for who, user in users.items()}
    db.session.commit()
    return World(users, ids, keys)


def only(model: Any, person: Person) -> Any:
    """The one row of a kind that was planted about somebody."""
    return db.session.scalars(select(model).where(model.person_id == person.id)).one()


def make_ways_in(unit: Any, other_unit: Any, child: Person, users: dict[str, User]) -> dict[str, str]:
    """Invitations on paper, with a child and without, somebody who asks to join, and a link that proves an address."""
    (for_child,) = make_links(users["admin"], unit, [child.id])
    (for_unit,) = make_links(users["leader"], unit, [])
    (foreign,) = make_links(users["other_leader"], other_unit, [])
    asking = make_user("secret-request@example.org", name="Ragna SecretNeighbour")
    ask_as(asking, unit, None, Asked(asking.name, asking.email, message="SECRET-MESSAGE"))
    ask_as(asking, other_unit, None, Asked(asking.name, asking.email))
    here, there = (
        db.session.scalars(select(JoinRequest).where(JoinRequest.unit_id == at.id)).one() for at in (unit, other_unit)
    )
    unproved = ask_by_mail(unit, None, Asked("Una Unproved", "unproved@example.org"))
    unproved.token_hash = digest("proves-an-address")
    return {
        "child_link": for_child.token,
        "unit_link": for_unit.token,
        "sheet": str(for_unit.invitation.id),
        "other_sheet": str(foreign.invitation.id),
        "request": str(here.id),
        "other_request": str(there.id),
        "proof": "proves-an-address",
    }


def position_of(person: Person, name: str) -> Position:
    """What somebody is, as it follows from their place."""
    place = db.session.query(Membership).filter_by(person_id=person.id).one()
    place.position = name
    db.session.flush()
    return db.session.query(Position).filter_by(membership_id=place.id).one()


def transfer_from(unit: Any, to: Any) -> Transfer:
    """Somebody is to go to another unit."""
    person = make_person("Tove", "Lund", unit=unit)
    return keep(Transfer(person_id=person.id, from_unit_id=unit.id, to_unit_id=to.id, state="waiting"))


def merged_in(unit: Any, by: User) -> PersonMerge:
    """Two were made one."""
    one, other = (make_person("Una", "Merged", unit=unit) for _ in range(2))
    seen = fingerprint(pair_for(by, unit, one.id, other.id))
    return merge(by, unit, one.id, other.id, {}, seen).merge


def hang_a_board() -> None:
    """A unit that shows its list to strangers; nobody here has a part in it."""
    unit = make_unit("Pack 3", lists_outings=True)
    put_on(make_outing(unit, title="On the board", total_seats=9), make_person("Otto", "SecretOnBoard", unit=unit))


def make_imports(here: tuple[User, Any], elsewhere: tuple[User, Any]) -> dict[str, RosterImport]:
    """A plan, a file whose columns nobody has named, one that was imported, and one of the other unit."""

    def made(place: tuple[User, Any], content: bytes) -> RosterImport:
        by, unit = place
        draft = drafting.start(by, unit, content, "roster.csv")
        slices.go_on(draft, None, unit, patience=None)
        return draft

    done, other = made(here, ROSTER.replace(b"Ove", b"Ole")), made(elsewhere, ROSTER.replace(b"Ove", b"Uwe"))
    apply(done, None, here[1])
    apply(other, None, elsewhere[1])
    return {"plan": made(here, ROSTER), "unnamed": made(here, TABLE), "imported": done, "other_import": other}


def make_neighbours(unit: Any, patrol: Any) -> tuple[Person, Person]:
    """Another family of the same unit: nothing of it is for the parent's eyes."""
    guardian = make_user(email="secret-neighbour@example.org", name="Nora SecretNeighbour")
    make_adult("Nora", "SecretNeighbour", unit=unit, user_id=guardian.id, phone="555-0166-3")
    neighbour = make_person("Nils", "SecretNeighbour", unit=unit, patrol=patrol, guardian=guardian)
    plant(neighbour, "NEIGHBOUR", "3")
    return neighbour, make_adult("Ludo", "SecretNeighbour", unit=unit)


def plant(person: Person, whose: str, number: str) -> None:
    """Things about a person that some may read and others must not."""
    person.phone, person.email = f"555-0177-{number}", f"{whose}@example.org".lower()
    person.pick_up_note = f"PICK-UP-{whose}"
    make_health(person, marked_answers(whose))
    keep(EmergencyContact(person_id=person.id, name=f"CONTACT-{whose}", phone=f"555-0188-{number}"))
    keep(Collector(person_id=person.id, name=f"COLLECTOR-{whose}", note=f"COLLECTING-{whose}", may_collect=False))
    keep(GuardianProposal(person_id=person.id, name=f"PROPOSAL-{whose}", phone=f"555-0199-{number}"))


def marked_answers(whose: str) -> Answers:
    """A marker in every field of a family's own words."""
    allergy = Allergy(f"ALLERGEN-{whose}", "severe", f"REACTION-{whose}", f"ACTION-{whose}")
    return Answers(
        diets=("vegan",),
        diet_words=f"DIET-{whose}",
        allergies=(allergy,),
        allergy_words=f"ALLERGY-{whose}",
        carried=("inhaler",),
        medications=(Medication(f"MEDICATION-{whose}", f"DOSE-{whose}", f"TIMES-{whose}"),),
        conditions=f"CONDITION-{whose}",
    )


def browser_of(world: World, who: str, app: Flask) -> FlaskClient:
    """A browser in which ``who`` is signed in and has seen a form, so that its session has a token for forms. It takes no further cookie."""
    client = app.test_client(use_cookies=False)
    if who != "nobody":
        client.environ_base["HTTP_COOKIE"] = f"session={cookie_of(world, who, app)}"
    return client


def cookie_of(world: World, who: str, app: Flask) -> str:
    """With which ``who`` comes."""
    if who not in world.cookies:
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = world.keys[who]
            session[csrf.FIELD] = secrets.token_hex()
        world.cookies[who] = client.get_cookie("session").value
    return world.cookies[who]


def plan_form(world: World, **values: Any) -> dict[str, Any]:
    """A plan for the unit."""
    return typed(uuid.UUID(world["unit"]), **values)


def undo_form(world: World, who: str) -> dict[str, str]:
    """The entry of an edit that ``who`` has just made, or of the leader's where ``who`` could make none."""
    maker = world.users.get(who)
    if not maker or not may(maker, Can.KEEP_ROSTER, uuid.UUID(world["unit"])):
        maker = world.users["leader"]
    outing_id, row_id = uuid.UUID(world["outing"]), uuid.UUID(world["row"])
    done = leader_rules.edit_row(maker, outing_id, row_id, 1, {"note": "changed"}, "confirmed")
    db.session.commit()
    return {"entry": str(done.entry.id)} if done.entry else {}


def new_app_form(world: World, who: str) -> dict[str, str]:
    """The code that an app shows for a secret which the page has made for ``who``."""
    secret = pyotp.random_base32()
    user = world.users.get(who)
    sealed = vault.seal(f"{user.id if user else ''} {secret}")
    return {"sealed": sealed, "code": pyotp.TOTP(secret).now(), "name": "My phone"}


def health_version(world: World, who: str) -> str:
    """What an edit of the child's health notes is based on, for those who may see them."""
    user = world.users.get(who) or world.users["parent"]
    try:
        return kept_for_guardian(tie_of(user, uuid.UUID(world["child"]))).version
    except RuleBroken:
        return ""


def since_of(position_id: str) -> str:
    """The day from which a position counts, as its form says that it saw it; empty once it is gone."""
    position = db.session.get(Position, uuid.UUID(position_id))
    return str(position.since or "") if position else ""


def version_of(person_id: str) -> str:
    """What an edit of a member's place is based on."""
    return place_version(db.session.query(Membership).filter_by(person_id=uuid.UUID(person_id)).one())


ASKING = {"name": "Nora Berg", "email": "nora@example.org", "relationship_to": "parent", "message": "Ava"}
# What an honest browser sends, so that a permitted POST succeeds and the table shows that it does.
FORMS: dict[str, Callable[[World, str], dict[str, Any]]] = {
    "identity.login": lambda world, who: {"login": world.users["parent"].email, "password": PASSWORD},
    "identity.logout": lambda world, who: {},
    "identity.password": lambda world, who: {
        "current": PASSWORD,
        "password": NEW_PASSWORD,
        "again": NEW_PASSWORD,
    },
    "identity.second_factor": lambda world, who: {"code": "000000"},
    # Only a browser with a key can do better; tests/browser/test_passkeys.py has one.
    "identity.use_passkey": lambda world, who: {"sealed": "", "credential": "{}"},
    "identity.second_passkey": lambda world, who: {"sealed": "", "credential": "{}"},
    "identity.new_passkey": lambda world, who: {"name": "My laptop", "sealed": "", "credential": "{}"},
    "identity.confirm": lambda world, who: {"password": PASSWORD},
    "identity.new_app": new_app_form,
    "identity.new_codes": lambda world, who: {},
    "identity.remove_factor": lambda world, who: {},
    "identity.reset_factors": lambda world, who: {},
    "identity.ask_link": lambda world, who: {"login": world.users["parent"].email},
    "identity.forgot": lambda world, who: {"login": world.users["parent"].email},
    "identity.sent": lambda world, who: {"code": "K7QM-2XDP"},
    "identity.enter": lambda world, who: {},
    "identity.reset": lambda world, who: {"password": NEW_PASSWORD, "again": NEW_PASSWORD},
    "identity.email": lambda world, who: {"email": "another@example.org", "current": PASSWORD},
    "identity.confirm_email": lambda world, who: {},
    "identity.take_email_back": lambda world, who: {},
    "identity.end_session": lambda world, who: {},
    "identity.end_other_sessions": lambda world, who: {},
    "identity.welcome": lambda world, who: {"password": NEW_PASSWORD, "again": NEW_PASSWORD},
    "privacy.leave": lambda world, who: {},
    "privacy.keep": lambda world, who: {},
    "privacy.download": lambda world, who: {},
    "mail.retry": lambda world, who: {},
    "families.new": lambda world, who: {
        "first_name": "Elin",
        "last_name": "Berg",
        "kind": "youth",
        "relationship_to": "parent",
        "id": str(new_id()),
    },
    "families.add_row": lambda world, who: {"name": "Aunt Ada", "phone": "555-0101", "id": str(new_id())},
    "families.save_row": lambda world, who: {"place": "1"},
    "families.photo_consent": lambda world, who: {"level": "unit", "seen": ""},
    "families.own_trainings": lambda world, who: {
        "code": "Y01",
        "completed_on": f"{now() - timedelta(days=9):%m/%d/%Y}",
    },
    "families.withdraw_claim": lambda world, who: {},
    "trainings.save": lambda world, who: {"code": "Y01", "completed_on": f"{now() - timedelta(days=9):%m/%d/%Y}"},
    "trainings.decide": lambda world, who: {"confirm": "1"},
    "families.save": lambda world, who: {
        "first_name": "Ava",
        "last_name": "Berg",
        "birth_date": "2014-01-15",
        "email": "",
        "version": "1",
    },
    "families.health": lambda world, who: {
        "diet_words": "DIET-TYPED",
        "conditions": "CONDITION-TYPED",
        "allergies-0-what": "ALLERGEN-TYPED",
        "allergies-0-severity": "mild",
        "swim_class": "beginner",
        "form_ab_until": "2027-06-01",
        "version": health_version(world, who),
    },
    "families.unchanged": lambda world, who: {},
    "families.invite": lambda world, who: {"relationship_to": "parent", "may_sign_up": "1"},
    "families.invitation": lambda world, who: {
        "name": "Nora Berg",
        "email": "nora@example.org",
        "password": NEW_PASSWORD,
        "again": NEW_PASSWORD,
    },
    "identity.outside": lambda world, who: {},
    "identity.disconnect": lambda world, who: {},
    "invitations.send": lambda world, who: {"email": "nora@example.org", "child": ""},
    "invitations.print_links": lambda world, who: {},
    "invitations.withdraw": lambda world, who: {},
    "invitations.accept": lambda world, who: {"children": world["child"]},
    "invitations.decline": lambda world, who: {"reply": "We know nobody of this name."},
    "joining.join": lambda world, who: ASKING,
    "joining.ask": lambda world, who: ASKING,
    "joining.confirm": lambda world, who: {},
    "members.change_guardian": lambda world, who: {
        "may_sign_up": "1",
        "may_consent": "1",
        "may_see_health": "1",
    },
    "outings.plan": lambda world, who: plan_form(world),
    "outings.edit": lambda world, who: plan_form(world, version="1", title="Another name"),
    "outings.set_lead": lambda world, who: {"user_id": world["lead"], "leads": ""},
    "outings.set_state": lambda world, who: {"state": "cancelled", "version": "1"},
    "signups.send": lambda world, who: {
        "people": world["child"],
        "together": "1",
        "consent": "1",
        "seen": "",
        "submission": str(new_id()),
    },
    "roster.save": lambda world, who: {"version": "1", "state": "confirmed", "note": "changed"},
    "roster.place": lambda world, who: {"place": "1", "reason": "asked first"},
    "roster.undo": undo_form,
    "roster.add_one": lambda world, who: {"person_id": world["child"]},
    "units.add": lambda world, who: {
        "name": "Pack 9",
        "kind": "pack",
        "time_zone": "UTC",
        "policy_preset": "scouts_uk",
    },
    "units.settings": lambda world, who: {
        "name": "Troop 78",
        "kind": "troop",
        "time_zone": "UTC",
        "policy_preset": "neutral",
        "version": "1",
    },
    "admin.suspension": lambda world, who: {"suspended": "1"},
    "admin.site_admin": lambda world, who: {"site_admin": "1"},
    "units.patrols": lambda world, who: {"name": "Badger"},
    "members.new": lambda world, who: {
        "first_name": "Elin",
        "last_name": "Berg",
        "kind": "youth",
        "id": str(new_id()),
    },
    "members.save": lambda world, who: {"patrol_id": "", "position": "Scribe", "version": version_of(world["child"])},
    "members.choose_columns": lambda world, who: {"columns": ["patrol", "rank"]},
    "members.make_adult": lambda world, who: {},
    "members.positions": lambda world, who: {"name": "Bugler"},
    "members.change_days": lambda world, who: {
        "since": "2026-01-02",
        "seen_since": since_of(world["position"]),
    },
    "transfers.transfer": lambda world, who: {"to": "Pack 3"},
    "transfers.decide": lambda world, who: {"decline": "1"},
    "duplicates.merge": lambda world, who: {"apart": "1"},
    "duplicates.undo": lambda world, who: {},
    "units.rename": lambda world, who: {"name": "Badger", "seen": "Fox"},
    "units.retire": lambda world, who: {},
    "members.account": lambda world, who: {"email": "lone@example.org"},
    "members.account_link": lambda world, who: {},
    "imports.bring": lambda world, who: {"file": (io.BytesIO(ROSTER), "roster.csv")},
    "imports.send": lambda world, who: {"shown": "0", "tick": "0", "go": "apply"},
    "imports.undo": lambda world, who: {},
    "imports.forget": lambda world, who: {},
    "imports.columns": lambda world, who: {
        "column-0": "first_name",
        "column-1": "last_name",
        "column-2": "birth_date",
        "kind": "",
    },
    "imports.accept": lambda world, who: {},
    "members.save_role": lambda world, who: {"role": "leader", "based_on": ""},
}

# A page for every template that makes htmx ask for something.
HTMX_PAGES = (
    ("parent", "/outings"),
    ("parent", "/outings/{outing}/signup"),
    ("leader", "/outings/{outing}"),
    ("site_admin", "/admin/people"),
    ("admin", "/units/{unit}/members"),
    ("admin", "/units/{unit}/members/{child}/edit"),
    ("admin", "/units/{unit}/members/roles"),
    ("leader", "/outings/{outing}/roster"),
    ("leader", "/outings/{outing}/roster/{row}"),
    ("leader", "/outings/{outing}/roster/{row}/edit"),
    ("leader", "/outings/{outing}/roster/add"),
    ("parent", "/family"),
    ("parent", "/family/people/{child}"),
    ("parent", "/family/people/{child}/contacts?add=1"),
    ("parent", "/family/people/{child}/collecting/{collector}"),
    ("leader", "/units/{unit}/trainings"),
    ("leader", "/units/{unit}/trainings/{lone_adult}/edit"),
)
