"""Two units, everybody who could ask for a page, and secrets planted where they may be found."""

import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app import csrf
from app.audit.rules import record
from app.clock import now
from app.extensions import db
from app.families.access import tie_of
from app.families.guardians import Rights, invite
from app.families.models import Collector, EmergencyContact, Guardian, Person, TrainingClaim
from app.identity.models import BrowserSession, Purpose, SecondFactor, User
from app.identity.rules.emailed import make_link
from app.identity.rules.factors import new_codes
from app.identity.rules.links import make_password_link
from app.identity.rules.sessions import begin_session
from app.mail.models import KeptMail
from app.outings.models import OutingState
from app.units.models import Role, RoleName
from tests.factories import (
    keep,
    make_family,
    make_lead,
    make_leader,
    make_outing,
    make_patrol,
    make_person,
    make_unit,
    make_user,
)
from tests.mail.helpers import fail_one
from tests.outings.helpers import children_of
from tests.roster.helpers import put_on
from tests.routes.marks import plant
from tests.routes.things import (
    hang_a_board,
    make_imports,
    make_neighbours,
    make_ways_in,
    merged_in,
    only,
    position_of,
    second_with_notes,
    transfer_from,
)
from tests.sites import Site

WHO = (
    "nobody", "parent", "limited", "other_parent", "other_leader", "ended", "leader", "lead", "admin", "site_admin", "newly_made",
    "suspended",
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
        "second_row": put_on(outing, second_with_notes(unit)),
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
