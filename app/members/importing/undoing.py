"""Takes an import back as one: each person as before, except for what somebody has edited since, which stays and is named."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import column, delete, func, select, table, union_all, update

from app.audit.models import AuditEntry
from app.audit.rules import entry_of, record
from app.clock import now
from app.errors import RuleBroken
from app.extensions import db
from app.families.health.models import HealthNote
from app.families.merged import merged_into
from app.families.models import (
    Collector,
    EmergencyContact,
    Guardian,
    GuardianInvitation,
    GuardianProposal,
    Person,
    Training,
)
from app.identity.models import User
from app.members.following import follow
from app.members.importing.drafting import SLICE, UNDO_LIVES, hold_outings, let_go, lock, lock_unit
from app.members.importing.writing import OF_PERSON, OF_PLACE, value_of
from app.members.models import ImportRow, ImportState, Invitation, Membership, Outcome, Position, RosterImport, Transfer
from app.units.models import Patrol, Unit
from app.writing import insert_together, update_together

TOO_LATE = "This import was made more than 30 days ago; what it changed is not kept any longer."
IN_USE = "stays, because the person has been edited or used since"
EDITED = "stays as it is now, because it was edited since"
LEFT = "stays as it is now, because the person is in the unit no longer"
LABELS = {"joins": "the place in the unit"}
# A place that an import makes holds this where the file says nothing, by the keys of changes.
EMPTY = {"patrol": ("patrol_id", None), "member_number": ("member_number", None), "position": ("position", None),
         "registered": ("registered", True)}  # fmt: skip


def undo(draft: RosterImport, actor: User | None, unit: Unit) -> bool:
    """Take an applied import back. Returns False when that was done already.

    Raises:
        NotAllowed: the actor does not administer the unit.
        RuleBroken: it was never applied, or too long ago.
    """
    held = hold_outings(draft)
    lock_unit(actor, unit)
    lock(draft)
    if draft.state == ImportState.UNDONE:
        return False
    if draft.state != ImportState.APPLIED or draft.applied_at is None:
        raise RuleBroken("This import was not made, so that there is nothing to take back.")
    if draft.applied_at < now() - UNDO_LIVES:
        raise RuleBroken(TOO_LATE)
    after = -1
    while rows := done_rows(draft, after):
        after = rows[-1].number
        let_go(rows)
        Back(rows, actor, unit).take()
        db.session.flush()
        update_together(rows, ("done", "remark"))
    remove_patrols(draft)
    held.follow(actor)
    draft.state, draft.undone_at = ImportState.UNDONE, now()
    record(actor, "roster import taken back", unit, unit_id=unit.id, reason=draft.file_name)
    db.session.flush()
    return True


def done_rows(draft: RosterImport, after: int) -> list[ImportRow]:
    """The next rows that have written something."""
    wanted = select(ImportRow).where(
        ImportRow.import_id == draft.id, ImportRow.number > after, ImportRow.done.is_not(None)
    )
    return list(db.session.scalars(wanted.order_by(ImportRow.number).limit(SLICE)))


def remove_patrols(draft: RosterImport) -> None:
    """The patrols that the import added, where nobody is in one."""
    ids = [uuid.UUID(text) for text in draft.patrols]
    participants = table("participants", column("patrol_id"))
    used = union_all(
        select(Membership.patrol_id).where(Membership.patrol_id.in_(ids)),
        select(participants.c.patrol_id).where(participants.c.patrol_id.in_(ids)),
    )
    taken = set(db.session.scalars(used)) if ids else set()
    db.session.execute(delete(Patrol).where(Patrol.id.in_([id for id in ids if id not in taken])))


class Back:
    """A slice of rows on the way back."""

    def __init__(self, rows: list[ImportRow], actor: User | None, unit: Unit) -> None:
        self.rows, self.actor, self.unit = rows, actor, unit
        ids = [uuid.UUID(done(row)["person"]) for row in rows]
        # Locked by id, like everywhere.
        wanted = select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update()
        self.people = {p.id: p for p in db.session.scalars(wanted, execution_options={"populate_existing": True})}
        places = select(Membership).where(Membership.id.in_([uuid.UUID(done(row)["place"]) for row in rows]))
        self.places = {m.id: m for m in db.session.scalars(places)}
        # Whoever has gone is another unit's to change, and no longer ours.
        here = (Membership.unit_id == unit.id, Membership.until.is_(None), Membership.person_id.in_(ids))
        self.members = set(db.session.scalars(select(Membership.person_id).where(*here)))
        trainings = db.session.scalars(select(Training).where(Training.person_id.in_(ids)))
        self.trainings = {(t.person_id, t.code): t for t in trainings}
        proposals = db.session.scalars(select(GuardianProposal).where(GuardianProposal.person_id.in_(ids)))
        self.proposals = {(p.person_id, p.name.casefold()): p for p in proposals}
        self.known: dict[uuid.UUID, set[str]] = {}
        for word, found in (("training", self.trainings), ("guardian", self.proposals)):
            for person_id, name in found:
                self.known.setdefault(person_id, set()).add(f"{word} {name}")
        past = select(Position.membership_id).where(
            Position.membership_id.in_(self.places), Position.until.is_not(None)
        )
        self.with_past = set(db.session.scalars(past))
        let_go(self.people.values())
        self.restored: list[Person] = []
        self.entries: list[AuditEntry] = []
        patrols = db.session.scalars(select(Patrol).where(Patrol.unit_id == unit.id))
        self.patrols = {p.id: p for p in patrols}
        self.new = [uuid.UUID(done(row)["person"]) for row in rows if row.outcome == Outcome.NEW]
        self.used = used_people(self.new)

    def take(self) -> None:
        """Every row."""
        gone = []
        for row in self.rows:
            person = self.people.get(uuid.UUID(done(row)["person"]))
            if person is None:
                if merged_into(uuid.UUID(done(row)["person"])):
                    row.remark = f"{row.name} {IN_USE}"
                else:
                    row.done = None
            elif row.outcome == Outcome.NEW:
                if person.id in self.used or person.version != done(row)["version"] or not self.untouched(row, person):
                    row.remark = f"{row.name} {IN_USE}"
                else:
                    gone.append(person)
                    row.done = None
            else:
                self.restore(row, person)
        self.remove(gone)
        update_together(self.restored, (*sorted(OF_PERSON), "version"))
        insert_together(self.entries)
        follow([person.id for person in self.people.values() if person not in gone])

    def note(self, person: Person, changes: dict[str, Any]) -> None:
        """For the audit."""
        self.entries.append(
            entry_of(self.actor, "roster import taken back", person, changes=changes, unit_id=self.unit.id)
        )

    def untouched(self, row: ImportRow, person: Person) -> bool:
        """Whether everything that the import wrote is still as it wrote it, and nobody has written anything beside it."""
        taken = taken_of(row)
        return (
            all(self.holds(change, row, person) for change in taken)
            and self.known.get(person.id, set()) <= {change["key"] for change in taken}
            and self.is_unfilled(row)
        )

    def is_unfilled(self, row: ImportRow) -> bool:
        """Whether a place that the import made holds what the import wrote, and no patrol, number or position beside it."""
        place, keys = self.places.get(uuid.UUID(done(row)["place"])), done(row)["keys"]
        if place is None or place.id in self.with_past:
            return False
        return all(getattr(place, name) == empty for key, (name, empty) in EMPTY.items() if key not in keys)

    def remove(self, people: list[Person]) -> None:
        """People whom the import brought, with what belongs to them."""
        ids = [person.id for person in people]
        for person in people:
            changes = {"name": (person.full_name, None)}
            self.note(person, changes)
        db.session.flush()
        if ids:
            # Another child's proposal that pointed to one of them stays, without the adult.
            db.session.execute(update(GuardianProposal).where(GuardianProposal.adult_id.in_(ids)).values(adult_id=None))
            db.session.execute(delete(Person).where(Person.id.in_(ids)))

    def restore(self, row: ImportRow, person: Person) -> None:
        """Each change of somebody who was known before, as far as it still stands and they are still in the unit."""
        if person.id not in self.members:
            row.remark = f"{row.name} {LEFT}"
            return
        kept, changes = [], {}
        for change in taken_of(row):
            if self.holds(change, row, person):
                self.put_back(change, row, person)
                changes[change["key"]] = (text_of(change["after"]), text_of(change["before"]))
            else:
                kept.append(LABELS.get(change["key"], change["key"].replace("_", " ")))
        if changes:
            person.version += 1
            self.restored.append(person)
            self.note(person, changes)
        row.done = None if not kept else done(row)
        row.remark = f"{row.name}: {', '.join(kept)} {EDITED}" if kept else row.remark

    def holds(self, change: dict[str, Any], row: ImportRow, person: Person) -> bool:
        """Whether what the import wrote is what stands there now."""
        key, after = change["key"], change["after"]
        if key in OF_PERSON:
            return bool(getattr(person, key) == value_of(key, after))
        if key.startswith("training "):
            training = self.trainings.get((person.id, key.removeprefix("training ")))
            # A file knows no day of completion: where one stands by now, somebody has written it.
            until = value_of("form_c_until", after["until"])
            return training is not None and training.expires_on == until and training.completed_on is None
        if key.startswith("guardian "):
            proposal = self.proposals.get((person.id, key.removeprefix("guardian ")))
            return proposal is not None and all(
                getattr(proposal, n) == after[n] for n in ("relationship_to", "phone") if n in after
            )
        place = self.places.get(uuid.UUID(done(row)["place"]))
        if place is None or place.until is not None:
            return False
        if key == "patrol":
            patrol = self.patrols.get(place.patrol_id) if place.patrol_id else None
            return patrol is not None and patrol.name.casefold() == after.casefold()
        return self.is_unfilled(row) if key == "joins" else getattr(place, key) == after

    def put_back(self, change: dict[str, Any], row: ImportRow, person: Person) -> None:
        """What was there before."""
        key, before = change["key"], change["before"]
        place = self.places.get(uuid.UUID(done(row)["place"]))
        if key in OF_PERSON:
            setattr(person, key, value_of(key, before))
        elif key.startswith("training "):
            training = self.trainings[person.id, key.removeprefix("training ")]
            if before is None:
                db.session.delete(training)
            else:
                training.expires_on = value_of("form_c_until", before["until"])
                completed = done(row).get("completed", {}).get(key)
                training.completed_on = date.fromisoformat(completed) if completed else None
        elif key.startswith("guardian "):
            self.put_proposal_back(self.proposals[person.id, key.removeprefix("guardian ")], before)
        elif key == "joins" and place:
            db.session.delete(place)
        elif key == "patrol" and place:
            named = {patrol.name.casefold(): patrol.id for patrol in self.patrols.values()}
            place.patrol_id = named.get((before or "").casefold())
        elif key in OF_PLACE and place:
            setattr(place, key, before if key != "registered" else bool(before))

    def put_proposal_back(self, proposal: GuardianProposal, before: dict[str, Any] | None) -> None:
        """A named guardian as before."""
        if before is None:
            db.session.delete(proposal)
            return
        proposal.relationship_to, proposal.phone = before["relationship_to"], before["phone"]
        proposal.adult_id = uuid.UUID(before["adult_id"]) if before["adult_id"] else None


def done(row: ImportRow) -> dict[str, Any]:
    """What the row has written."""
    return row.done or {}


def taken_of(row: ImportRow) -> list[dict[str, Any]]:
    """The changes that were made of a row."""
    keys = set(done(row)["keys"])
    return [change for change in row.changes if change["key"] in keys]


def text_of(value: Any) -> Any:
    """A change for the audit."""
    return str(value) if isinstance(value, dict) else value


def used_people(ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """Those with whom something else is connected by now: an account, a guardian, notes, a place elsewhere, an outing. One statement."""
    if not ids:
        return set()
    # Participants belong to a later room; this one knows of them only that they point here.
    participants = table("participants", column("person_id"))
    places = select(Membership.person_id).where(Membership.person_id.in_(ids))
    found = union_all(
        select(Person.id).where(Person.id.in_(ids), Person.user_id.is_not(None)),
        select(Guardian.person_id).where(Guardian.person_id.in_(ids)),
        select(GuardianInvitation.person_id).where(GuardianInvitation.person_id.in_(ids)),
        select(Invitation.person_id).where(Invitation.person_id.in_(ids)),
        select(HealthNote.person_id).where(HealthNote.person_id.in_(ids)),
        select(EmergencyContact.person_id).where(EmergencyContact.person_id.in_(ids)),
        select(Collector.person_id).where(Collector.person_id.in_(ids)),
        select(Transfer.person_id).where(Transfer.person_id.in_(ids)),
        select(participants.c.person_id).where(participants.c.person_id.in_(ids)),
        places.group_by(Membership.person_id).having(func.count() > 1),
    )
    return set(db.session.scalars(found))
