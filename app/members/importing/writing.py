"""One person's changes, written. New rows are collected, so that a slice of a thousand goes to the database together."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import Text, cast, func, select

from app.audit.models import AuditEntry
from app.audit.rules import entry_of
from app.extensions import Model, db, new_id
from app.families.models import GuardianProposal, Person, Training
from app.identity.models import User
from app.members.importing.drafting import let_go
from app.members.importing.loading import Loaded
from app.members.importing.records import DATES
from app.members.models import ImportRow, Membership, Outcome
from app.units.models import Patrol, Unit
from app.writing import insert_together, update_together

OF_PERSON = {
    "first_name", "last_name", "preferred_name", "birth_date", "gender", "email", "phone", "rank", "kind", "swim_class",
    "swim_class_on", "form_ab_until", "form_c_until",
}  # fmt: skip
OF_PLACE = {"member_number", "position", "registered"}
Changes = dict[str, tuple[Any, Any]]


def value_of(key: str, plain: Any) -> Any:
    """A value as the column takes it."""
    return date.fromisoformat(plain) if key in DATES and plain else plain


class Writing:
    """A slice of people. ``people`` goes in before ``others``, which refer to it."""

    def __init__(self, unit: Unit, patrols: dict[str, Patrol], loaded: Loaded, day: date) -> None:
        self.unit, self.patrols, self.loaded, self.day = unit, patrols, loaded, day
        self.people: list[Model] = []
        self.others: list[Model] = []
        # Rows that were there; they are attached to no session, and locked.
        self.changed_people: list[Person] = []
        self.changed_places: list[Membership] = []
        self.changed_trainings: list[Training] = []
        self.changed_proposals: list[GuardianProposal] = []
        self.touched: list[uuid.UUID] = []

    def send(self, entries: list[AuditEntry]) -> None:
        """Everything to the database, a statement for each kind of thing."""
        insert_together(self.people)
        insert_together([*self.others, *entries])
        update_together(self.changed_people, (*sorted(OF_PERSON), "version"))
        update_together(self.changed_places, (*sorted(OF_PLACE), "patrol_id"))
        update_together(self.changed_trainings, ("expires_on", "completed_on"))
        update_together(self.changed_proposals, ("relationship_to", "phone", "adult_id"))

    def write(self, row: ImportRow, taken: list[dict[str, Any]]) -> tuple[Person, Changes]:
        """The person with the changes, and the changes for the audit. ``row.done`` is what an undo needs."""
        person = self.person(row, taken)
        self.touched.append(person.id)
        place, joined = self.place(person, taken)
        changes: Changes = {"unit": (None, self.unit.name)} if joined else {}
        completed: dict[str, str] = {}
        for change in taken:
            key = change["key"]
            if key in OF_PERSON | OF_PLACE or key == "patrol":
                changes[key] = (change["before"], change["after"])
            elif key.startswith("training "):
                changes[key] = self.training(person, change, completed)
            elif key.startswith("guardian "):
                changes |= self.guardian(person, change)
        row.done = {
            "person": str(person.id),
            "place": str(place.id),
            "joined": joined,
            "version": person.version,
            "keys": [change["key"] for change in taken],
            "completed": completed,
        }
        return person, changes

    def person(self, row: ImportRow, taken: list[dict[str, Any]]) -> Person:
        """Somebody new, or whoever is known with the new values; a form that somebody has open notices by the version."""
        values = {c["key"]: value_of(c["key"], c["after"]) for c in taken if c["key"] in OF_PERSON}
        if row.outcome == Outcome.NEW:
            person = Person(id=new_id(), version=1, **values)
            self.people.append(person)
            return person
        person = self.loaded.people[row.person_id]  # type: ignore[index]
        for name, value in values.items():
            setattr(person, name, value)
        if values:
            person.version += 1
            self.changed_people.append(person)
        return person

    def place(self, person: Person, taken: list[dict[str, Any]]) -> tuple[Membership, bool]:
        """The person's place in the unit, and whether it is new."""
        place = self.loaded.memberships.get(person.id)
        joined = place is None
        if place is None:
            place = Membership(id=new_id(), person_id=person.id, unit_id=self.unit.id, since=self.day, registered=True)
            self.others.append(place)
        else:
            self.changed_places.append(place)
        for change in taken:
            if change["key"] == "patrol":
                place.patrol_id = self.patrols[change["after"].casefold()].id
            elif change["key"] in OF_PLACE:
                setattr(place, change["key"], change["after"])
        return place, joined

    def training(self, person: Person, change: dict[str, Any], completed: dict[str, str]) -> tuple[Any, Any]:
        """A training that is new, or that ends on another day; ``completed`` gets the day of the certificate that is replaced."""
        code, until = change["key"].removeprefix("training "), change["after"]["until"]
        known = self.loaded.trainings.get((person.id, code))
        if known:
            before, known.expires_on = known.expires_on, date.fromisoformat(until)
            if known.completed_on:
                completed[change["key"]] = known.completed_on.isoformat()
            known.completed_on = None  # that was the day of an older certificate
            self.changed_trainings.append(known)
            return before, until
        expires = date.fromisoformat(until) if until else None
        self.others.append(
            Training(id=new_id(), person_id=person.id, code=code, name=change["after"]["name"], expires_on=expires)
        )
        return None, until or "no end"

    def guardian(self, child: Person, change: dict[str, Any]) -> Changes:
        """A proposal, never a Guardian: only a unit admin gives somebody rights over a child."""
        after = change["after"]
        proposal = self.loaded.proposals.get((child.id, after["name"].casefold()))
        if proposal is None:
            proposal = GuardianProposal(id=new_id(), person_id=child.id, name=after["name"])
            self.others.append(proposal)
        else:
            self.changed_proposals.append(proposal)
        for name in ("relationship_to", "phone"):
            if name in after:
                setattr(proposal, name, after[name])
        if after.get("adult_id"):
            proposal.adult_id = uuid.UUID(after["adult_id"])
        said = {name: ((change["before"] or {}).get(name), after[name]) for name in after if name != "name"}
        label = f"named guardian {after['name']}"
        return {f"{label}, {name}": pair for name, pair in said.items()} or {label: (None, "named")}


def link_adults(links: list[tuple[uuid.UUID, str, str]], actor: User | None, unit: Unit) -> None:
    """Connect proposals with the adults whose numbers the file gives, now that all of them are here.

    A number that two people have points to nobody. Only members of this unit are pointed to.
    """
    for first in range(0, len(links), 1000):
        part = links[first : first + 1000]
        rows = db.session.execute(
            select(Membership.member_number, func.min(cast(Membership.person_id, Text)))
            .where(
                Membership.member_number.in_({number for _, _, number in part}),
                Membership.unit_id == unit.id,
                Membership.until.is_(None),
            )
            .group_by(Membership.member_number)
            .having(func.count(Membership.person_id.distinct()) == 1)
        )
        adults = {number: uuid.UUID(person_id) for number, person_id in rows}
        proposals = {
            (found.person_id, found.name.casefold()): found
            for found in db.session.scalars(
                select(GuardianProposal).where(GuardianProposal.person_id.in_({child for child, _, _ in part}))
            )
        }
        let_go(proposals.values())
        entries = []
        for child_id, name, number in part:
            proposal, adult_id = proposals.get((child_id, name.casefold())), adults.get(number)
            if proposal and adult_id and proposal.adult_id != adult_id:
                changes = {f"named guardian {name}, person": (proposal.adult_id, adult_id)}
                proposal.adult_id = adult_id
                child = Person(id=child_id)
                entries.append(entry_of(actor, "guardian named by a roster", child, changes=changes, unit_id=unit.id))
        insert_together(entries)
        update_together(list(proposals.values()), ("adult_id",))
