"""A unit full of people and outings in every state, so that every page has something to show."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from app.clock import now
from app.extensions import db
from app.families.access import tie_of
from app.families.guardians import Rights, invite
from app.families.health.answers import Allergy, Answers
from app.families.models import Collector, EmergencyContact, GuardianProposal, Person, TrainingClaim
from app.identity.models import Purpose, User
from app.identity.rules.emailed import make_link
from app.identity.rules.links import make_password_link
from app.identity.rules.sessions import begin_session
from app.members.importing import drafting, slices
from app.members.importing.applying import apply
from app.members.models import Membership, RosterImport, Transfer
from app.outings.models import Outing
from app.signups.models import Participant
from app.units.models import Patrol, RoleName, Unit
from tests.browser.ways_in import LONG, make_ways_in, make_ways_to_sign_in
from tests.browser_fixtures import LiveServer, check_quiet, listen
from tests.factories import (
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
from tests.outings.helpers import children_of
from tests.roster.helpers import put_on

FIRST = ("Ava", "Bartholomew", "Cleo", "Dev", "Ella", "Finn", "Guadalupe", "Hugo", "Ida", "Jamal")
LAST = ("Lindqvist", "Okafor", "Patel", "Featherstonehaugh-Montgomery", "Nguyen", "O'Brien", "Sato")


def make_browser_world() -> SimpleNamespace:
    """``ids`` for addresses and the session tokens of everybody, by role. The site has passkeys and a provider."""
    two_steps = make_ways_to_sign_in()
    unit = make_unit("Troop 77")
    patrols = [make_patrol(unit, name) for name in ("Fox", "Raven", "Flaming Arrows of the North")]
    parent = make_family(unit, children=3)
    site_admin = make_user(is_site_admin=True)
    users = {
        "parent": parent,
        "newcomer": make_user(),
        "leader": make_leader(unit),
        "admin": make_leader(unit, RoleName.ADMIN),
        "site_admin": site_admin,
        "newly_made": make_user(must_change_password=True),
        "two_steps": two_steps,
    }
    for at in range(60):
        make_unit(f"Pack {at + 100}")
    children = children_of(parent)
    make_health(children[0], said_about_health())
    said = say_more(parent, children[0])
    outings = outings_in_every_state(unit, parent)
    roster = make_roster(unit, patrols, outings["big"], 100)
    make_roster(unit, patrols, outings["small"], 10)
    make_lead(users["leader"], outings["big"])
    fail_one("bartholomew@a-very-long-host-name-of-a-school-district.example.org", reason=f"The server said 550 {LONG}")
    token = make_password_link(make_user(name="Nora Newcomer"), None)
    ids = (
        {name: str(outing.id) for name, outing in outings.items()}
        | {
            "unit": str(unit.id),
            "child": str(children[0].id),
            "row": str(roster[0].id),
            "member": str(roster[0].person_id),
            "twin": twin_of(roster[0].person, unit),
            "adult": str(make_adult("Rosalind", LAST[3], unit=unit).id),
            "parent_person": str(db.session.scalar(select(Person.id).where(Person.user_id == parent.id))),
            "token": token,
            "sign_in_token": make_link(parent, Purpose.SIGN_IN)[0],
            "reset_token": make_link(parent, Purpose.PASSWORD)[0],
            "back_token": make_link(parent, Purpose.EMAIL_BACK, email="marit.lindqvist@example.org")[0],
            "email_token": make_link(parent, Purpose.EMAIL, email="marit.lindqvist@example.org")[0],
        }
        | said
        | {name: str(draft.id) for name, draft in make_imports(unit, users["admin"]).items()}
    )
    ids |= make_ways_in(unit, users["admin"], children[0])
    ids["guardian_link"] = invite(parent, tie_of(parent, children[0].id), "parent", Rights())
    keys = {who: begin_session(user, "Firefox on Linux", remembered=False) for who, user in users.items()}
    db.session.commit()
    return SimpleNamespace(ids=ids, keys=keys)


def say_more(parent: User, child: Person) -> dict[str, str]:
    """Whom to call, who may collect the child, a photo consent, and a training that waits for a leader. Returns the ids of the first two."""
    contacts = [
        keep(
            EmergencyContact(
                person_id=child.id, position=place, name=name, phone="312-555-0142", relationship_to=LONG[:40]
            )
        )
        for place, name in enumerate(("Marit Lindqvist", LAST[3]), 1)
    ]
    collector = keep(
        Collector(person_id=child.id, name="Casey Marlow", may_collect=False, note=LONG[:120], home_of_id=parent.id)
    )
    child.photo_consent, child.photo_consent_at, child.photo_consent_by_id = "unit", now(), parent.id
    own = db.session.scalars(select(Person).where(Person.user_id == parent.id)).one()
    keep(TrainingClaim(person_id=own.id, code="FIRST_AID", name="First aid and CPR", completed_on=now().date()))
    return {"contact": str(contacts[-1].id), "collector": str(collector.id)}


def twin_of(person: Person, unit: Unit) -> str:
    """The same human once more, with other words; and somebody who is on the way to the unit."""
    elsewhere = make_unit("Crew 4")
    keep(
        Transfer(
            person_id=make_person("Ida", LAST[3], unit=elsewhere).id,
            from_unit_id=elsewhere.id,
            to_unit_id=unit.id,
            state="waiting",
        )
    )
    other = make_person(person.first_name, person.last_name, unit=unit, birth_date=person.birth_date, rank=LONG)
    person.rank = "Life"
    db.session.query(Membership).filter_by(person_id=person.id).one().position = "Senior Patrol Leader | Scribe"
    return str(other.id)


def make_imports(unit: Unit, admin: User) -> dict[str, RosterImport]:
    """A plan with every kind of row, a file whose columns nobody has named, and one that was imported."""
    rows = [
        f"{FIRST[n % 10]},{LAST[n % 7]},7{n:06},02/03/2014,Star,{'Fox' if n % 2 else 'Wolverines'}" for n in range(60)
    ]
    header = "First Name,Last Name,BSA ID#,Date of Birth,Current Rank,Patrol,Parent #1 First Name,Parent #1 Last Name,Parent #1 Cell Phone"
    first = "\n".join([header, *(f"{row},Oswald,{LAST[3]},555-0142" for row in rows[:9])])
    later = "\n".join(
        [header, *(row.replace("Star", "Life") for row in rows), "Ava,Lindqvist,,,x", "Nobody", "Cy,Sato,12,tomorrow"]
    )
    table = "Given name of the scout,Family,Born on,Favourite colour,SSN\n" + "\n".join(
        f"{row.split(',')[0]},Sato,2014-02-03,blue,1" for row in rows
    )
    made = {}
    for name, text in (("imported", first), ("plan", later), ("unnamed", table)):
        made[name] = drafting.start(admin, unit, text.encode(), "troop-77-roster-of-november.csv")
        slices.go_on(made[name], admin, unit, patience=None)
        if name == "imported":
            apply(made[name], admin, unit)
    return made


def outings_in_every_state(unit: Unit, parent: User) -> dict[str, Outing]:
    """One of each, and a list that has a second page."""
    at = now().replace(minute=0)
    details = {
        "place": "Elk Ridge Scout Reservation, north camp",
        "summary": "Bring a warm bag.\n\nMeet at the church.",
        "youth_cost": 25,
    }
    outings = {
        "open": make_outing(unit, title=LONG, youth_seats=12, adult_seats=4, **details),
        "joined": make_outing(unit, title="Canoe weekend", youth_seats=2, ends_at=at + timedelta(days=16), **details),
        "full": make_outing(unit, title="Climbing", youth_seats=2, counts_cars=True),
        "cancelled": make_outing(unit, title="Star party", state="cancelled"),
        "draft": make_outing(unit, title="Not yet", state="draft"),
        "over": make_outing(unit, title="Fall camp", starts_at=at - timedelta(days=9), ends_at=at - timedelta(days=8)),
        "closed": make_outing(unit, title="Service day", closes_at=at - timedelta(days=1)),
        "unopened": make_outing(unit, title="Summer camp", opens_at=at + timedelta(days=2)),
        "big": make_outing(unit, title="Jamboree", youth_seats=88, adult_seats=6),
        "small": make_outing(unit, title="Cabin night", youth_seats=7, adult_seats=2),
        "nobody_yet": make_outing(unit, title="Bike day", youth_seats=10),
    }
    children = children_of(parent)
    put_on(outings["joined"], children[0])
    put_on(outings["joined"], children[1])
    put_on(outings["joined"], children[2], "waiting", number=1)
    for name in ("Uma", "Vera"):
        put_on(outings["full"], make_person(name, unit=unit))
    put_on(outings["full"], make_person("Wanda", unit=unit), "waiting", number=1)
    for number in range(20):
        start = at + timedelta(days=30 + number)
        title = LONG if number % 5 == 0 else f"Hike {number}"
        make_outing(unit, title=title, starts_at=start, ends_at=start + timedelta(hours=5), youth_seats=10 + number)
    return outings


def make_roster(unit: Unit, patrols: list[Patrol], outing: Outing, people: int) -> list[Participant]:
    """More people than there are places, with guardians, phones and notes; every tenth waits, one is overbooked."""
    rows = []
    for number in range(people):
        patrol = patrols[number % 3]
        child = make_person(FIRST[number % 10], LAST[number % 7], unit=unit, patrol=patrol)
        phone = f"+1 312 555 {number:04}"
        keep(GuardianProposal(person_id=child.id, name=f"{FIRST[-number % 10]} {LAST[number % 7]}", phone=phone))
        waits = number % 10 > 7
        values = {
            "patrol_id": patrol.id,
            "note": "leaves on Saturday evening, grandmother collects" if number % 4 == 0 else None,
            "overbook_reason": "Sleeps in the van" if number == 1 else None,
        }
        rows.append(put_on(outing, child, "waiting" if waits else "confirmed", number=number, **values))
    make_health(db.session.get_one(Person, rows[0].person_id), said_about_health())
    return rows


def said_about_health() -> Answers:
    """Something of everything."""
    return Answers(
        diets=("no_pork", "gluten_free", "lactose_free"),
        diet_words=f"{LONG}.",
        allergies=(
            Allergy("Peanuts", "life_threatening", "Cannot breathe", "Use the auto-injector, call 911, then call us."),
            Allergy("Bee and wasp stings", "mild", LONG),
        ),
        carried=("auto_injector", "inhaler"),
        medications=(),
        conditions="Asthma after long runs.",
    )


class Window:
    """One page of one browser for all who look at something: each brings cookies of their own and leaves none behind.

    A new context for each would cost as much as loading the page.
    """

    def __init__(self, browser: Browser, server: LiveServer) -> None:
        self.server = server
        self.context = browser.new_context(base_url=server.address, reduced_motion="reduce")
        self.complaints = listen(self.context)
        self.page = self.context.new_page()

    @contextmanager
    def of(self, key: str | None, expected: list[str]) -> Iterator[Page]:
        """The page in which the account with that session token is signed in; what else than ``expected`` it complains
        about fails the test."""
        self.context.clear_cookies()
        self.complaints.clear()
        if key:
            self.context.add_cookies([{"name": "session", "value": self.cookie(key), "url": self.server.address}])
        yield self.page
        check_quiet(self.complaints, expected)

    def cookie(self, key: str) -> str:
        """The session as signing in leaves it behind."""
        client = self.server.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = key
        cookie = client.get_cookie("session")
        assert cookie
        return cookie.value


@contextmanager
def page_of(browser: Browser, server: LiveServer, key: str | None, expected: list[str]) -> Iterator[Page]:
    """A window for one test alone."""
    window = Window(browser, server)
    with window.of(key, expected) as page:
        yield page
    window.context.close()
