"""What stands in the world beside people and outings: invitations, imports, a merge, neighbours."""

from typing import Any

from sqlalchemy import select

from app.duplicates.access import pair_for
from app.duplicates.models import PersonMerge
from app.duplicates.rules.merging import fingerprint, merge
from app.extensions import db
from app.families.health.answers import Answers
from app.families.models import Person
from app.identity.models import User
from app.identity.rules.accounts import digest
from app.members.importing import drafting, slices
from app.members.importing.applying import apply
from app.members.models import JoinRequest, Membership, Position, RosterImport, Transfer
from app.members.rules.invitations import make_links
from app.members.rules.joining import Asked, ask_as, ask_by_mail
from tests.factories import keep, make_adult, make_health, make_outing, make_person, make_unit, make_user
from tests.roster.helpers import put_on
from tests.routes.marks import plant

ROSTER = b"First Name,Last Name,Youth or adult,Birth date\nOve,Import,Youth,2014-02-03\n"
TABLE = b"Given,Family,Born\nOda,Import,02/03/2014\n"


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


def second_with_notes(unit: Any) -> Person:
    """Of one alone the cook's counts would say whose they are. The outing has one place for youth, so an adult."""
    person = make_adult("Svea", "SecretNeighbour", unit=unit)
    make_health(person, Answers(diets=("vegan",)))
    return person


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
