"""What a page asks of the database depends on what it shows, never on what the tables hold."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from app.audit.models import HealthRead
from app.clock import now
from app.extensions import db, new_id
from app.families.health.answers import Allergy, Answers
from app.families.health.models import HealthNote
from app.families.health.rules import seal_into
from app.families.models import Guardian, Person, Training
from app.identity.models import User
from app.mail.models import MailFailure
from app.members.columns import COLUMNS
from app.members.models import Invitation, JoinRequest, MemberColumns, Membership, Position, Transfer
from app.outings.models import Outing
from app.signups.models import Participant, Signup
from app.units.models import Patrol, Role, RoleName, Unit
from tests.routes.forms import FORMS
from tests.routes.table import ROWS, endpoint_of
from tests.routes.world import InhabitedSite, World, browser_of

MOST = 8
# Not pages; pages that take settings of their own; and the one that sets two people side by side, with all that is known of either.
OTHERS = {"static", "web.healthz", "web.readyz", "identity.new_passkey", "identity.outside", "duplicates.pair"}
SIZES = (10, 500)
PAGES = {
    "nobody": """
        / /login /login/link /login/forgot /login/with/{sign_in_token} /login/reset/{reset_token} /welcome/{token} /account/email/back/{back_token}
        /invitation/{invitation} /join/{unit_link} /join/sent /join/confirm/{proof}
    """,
    "lead": "/outings/{outing}/roster /outings/{outing}/roster/{row}/health /outings/{outing}/meals",
    "parent": """
        / /outings /outings?when=past /outings/{outing} /outings/{outing}/signup
        /family /family/people/new /family/people/{child} /family/people/{child}/edit /family/people/{child}/contacts /family/people/{child}/collecting/{collector} /family/people/{child}/photos
        /family/people/{own_person} /family/people/{own_person}/trainings /family/people/{child}/health /family/people/{child}/guardians /family/people/{child}/log /join/{child_link} /units/{unit}/join /account /account/password /account/email /login/forgot /account/sessions /account/data /account/delete /account/factors
        /account/factors/app /account/confirm /account/email/{email_token}
        /family/people/{child}/contacts/{contact} /family/people/{child}/collecting
    """,
    "leader": """
        / /outings/new /outings/{outing} /outings/{outing}/edit /outings/{outing}/roster /outings/{outing}/roster?q=youth
        /outings/{outing}/roster?show=waiting /outings/{outing}/roster/{row} /outings/{outing}/roster/{row}/edit
        /outings/{outing}/roster/add /outings/{outing}/roster.csv /outings/{outing}/meals
        /units /units/{unit}/trainings /units/{unit}/trainings?code=Y01&show=soon /units/{unit}/trainings/{lone_adult} /units/{unit}/trainings/{lone_adult}/edit /units/{unit}/members /units/{unit}/members/{child} /units/{unit}/members?only=former /units/{unit}/patrols /account
    """,
    "admin": """
        /units/{unit}/members?q=youth /units/{unit}/members?form=over&registered=yes&patrol=none /units/{unit}/members/{child}/positions /units/{unit}/members/{child}/transfer /units/{unit}/transfers /units/{unit}/duplicates /units/{unit}/members/{child}/edit /units/{unit}/members/new
        /units/{unit}/members/{parent_person}/account /units/{unit}/members/roles
        /units/{unit}/invitations /units/{unit}/invitations/requests/{request} /units/{unit}/import /units/{unit}/import/{plan} /units/{unit}/import/{unnamed}/columns /units/{unit}/import/{imported}
        /units/{unit}/settings /units/{unit}/log /units/{unit}/members/{child}/guardians
        /units/{unit}/members/export.csv /units/{unit}/members/export.xlsx
    """,
    "site_admin": "/ /outings/new /outings/{outing}/edit /units /account /admin/people /admin/people?q=account /admin/log /admin/log?unit=troop /admin/mail",
}


@pytest.fixture(scope="session")
def app(inhabited_site: InhabitedSite) -> Flask:
    return inhabited_site.app


@pytest.fixture
def world(inhabited_site: InhabitedSite, db_session: Any) -> World:
    return inhabited_site.world()


def grow(world: World, number: int) -> None:
    """That many more of everything: outings, members, a roster, a family, patrols, accounts, units, looks at health notes."""
    unit_id, outing_id, parent_id = world["unit"], world["outing"], world["parent"]
    at, ids = now(), [new_id() for _ in range(number)]
    youth = {"last_name": "Youth", "kind": "youth", "birth_date": date(at.year - 12, 1, 1)}
    state = [{"state": "waiting", "queue_no": n} if n % 5 == 0 else {"state": "confirmed"} for n in range(number)]
    every: dict[Any, list[dict[str, Any]]] = {
        User: [{"id": id, "email": f"{id}@example.org", "name": f"Account {id}"} for id in ids],
        Unit: [{"id": id, "name": f"Unit {id}", "kind": "troop", "time_zone": "UTC"} for id in ids],
        Patrol: [{"id": id, "unit_id": unit_id, "name": f"Patrol {id}"} for id in ids],
        Person: [youth | {"id": id, "first_name": f"N{n}"} for n, id in enumerate(ids)],
        HealthNote: [sealed_note(id) for id in ids],
        Membership: [{"id": id, "person_id": id, "unit_id": unit_id, "patrol_id": id} for id in ids],
        Position: [{"id": id, "membership_id": id, "unit_id": unit_id, "name": f"Position {n}"} for n, id in enumerate(ids)],
        Training: [{"id": id, "person_id": id, "code": "Y01", "name": "Safeguarding"} for id in ids],
        Transfer: [{"id": id, "person_id": id, "from_unit_id": id, "to_unit_id": unit_id, "state": "waiting"} for id in ids],
        Guardian: [{"user_id": parent_id, "person_id": id, "relationship_to": "parent"} for id in ids],
        Role: [{"user_id": id, "unit_id": unit_id, "name": RoleName.LEADER} for id in ids]
        + [{"user_id": world["leader"], "unit_id": id, "name": RoleName.LEADER} for id in ids],
        Outing: [
            {"id": id, "unit_id": unit_id, "title": f"Hike {n}", "state": "published",
             "starts_at": at + timedelta(days=n - number // 2, hours=1), "ends_at": at + timedelta(days=n - number // 2, hours=9)}
            for n, id in enumerate(ids)
        ],
        Signup: [{"id": id, "outing_id": outing_id, "user_id": id} for id in ids],
        Participant: [
            {"id": id, "signup_id": id, "outing_id": outing_id, "person_id": id, "kind": "youth", "unit_id": unit_id,
             "patrol_id": id, "queue_no": None, "confirmed_at": at, "overbook_reason": "came by bicycle"} | state[n]
            for n, id in enumerate(ids)
        ],
        MailFailure: [
            {"job_id": id.int % 2**62, "letter": "plain", "recipient": "m…@example.org", "reason": "no", "attempts": 1, "gave_up": True}
            for id in ids
        ],
        Invitation: [
            {"id": id, "unit_id": unit_id, "person_id": id, "token_hash": str(id), "created_by_id": world["leader"], "expires_at": at + timedelta(days=9)}
            for id in ids
        ],
        JoinRequest: [
            {"id": id, "unit_id": unit_id, "user_id": id, "name": f"Account {id}", "email": "a@example.org", "state": "waiting"} for id in ids
        ],
        HealthRead: [{"person_id": world["child"], "reader_id": id, "purpose": "Roster"} for id in ids],
    }  # fmt: skip
    for model, rows in every.items():
        db.session.execute(insert(model), rows)
    db.session.execute(db.text(f"ANALYZE {', '.join(model.__tablename__ for model in every)}"))
    db.session.commit()


def sealed_note(person_id: Any) -> dict[str, Any]:
    """What somebody is allergic to."""
    note = HealthNote(person_id=person_id)
    seal_into(note, Answers(diets=("vegan",), allergies=(Allergy("Peanuts", "mild"),)))
    return {name: getattr(note, name) for name in ("person_id", "sealed", "flags", "key_id")}


def test_every_page_is_on_the_list(world, app):
    def endpoints(addresses):
        return {endpoint_of(app, "GET", address.format_map(world.ids)) for address in addresses}

    world.ids["leader"] = str(world.users["leader"].id)
    pages = [row.address for row in ROWS if row.method == "GET" and "200" in row.expected.values()]
    listed = endpoints(address for addresses in PAGES.values() for address in addresses.split())
    assert endpoints(pages) - listed == OTHERS


def test_every_page_takes_the_same_few_statements(world, app, count_statements):
    world.ids["leader"] = str(world.users["leader"].id)
    every_column = {"user_id": world.users["admin"].id, "unit_id": world["unit"], "names": list(COLUMNS)}
    db.session.execute(insert(MemberColumns), every_column)
    asked: dict[str, int] = {}
    grown = 0
    for size in SIZES:
        grow(world, size - grown)
        grown = size
        for who, addresses in PAGES.items():
            client = browser_of(world, who, app)
            client.get("/healthz")  # what is asked once for each process
            for address in addresses.split():
                path = address.format_map(world.ids)
                if size == SIZES[0]:
                    client.get(path)  # and for this page
                with count_statements() as statements:
                    assert client.get(path).status_code == 200, address
                assert len(statements) <= MOST, "\n".join([f"{who} {address}", *statements])
                at_first = asked.setdefault(f"{who} {address}", len(statements))
                assert len(statements) == at_first, "\n".join([f"{who} {address} at {size}", *statements])


def test_a_family_signs_up_in_the_same_number_whatever_else_there_is(world, app, count_statements):
    world.ids["leader"] = str(world.users["leader"].id)
    asked = []
    for size in SIZES:
        grow(world, size)
        with count_statements() as statements:
            client = browser_of(world, "parent", app)
            form = FORMS["signups.send"](world, "parent")
            path = f"/outings/{world['sibling']}/signup"
            assert client.post(path, data=form).status_code == 303
        asked.append(len(statements))
        taken_back = form | {"people": [], "seen": world["child"], "submission": str(new_id())}
        assert client.post(path, data=taken_back).status_code == 303
    assert asked[0] - asked[1] in (0, 1)  # the party's own row is made the first time
