"""The rows of a list as PostgreSQL hands them over, and as they are read."""

import json
from collections import defaultdict
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from app.families.health.notes import flags_in

DATES = ("birth_date", "form_ab_until", "form_c_until")
Terms = tuple[tuple[str, Any], ...]


class Contact(NamedTuple):
    """Somebody to call about a participant."""

    name: str
    phone: str | None


class Texts(NamedTuple):
    """All that may be kept of some rows. Equal texts mean equal rows."""

    people: str
    guardians: str | None
    proposals: str | None
    consents: str | None


class Apart(NamedTuple):
    """What may not be kept of a row: a leader's own words, and what tells of health."""

    note: str | None
    overbook_reason: str | None
    swim_class: str | None
    sealed: bytes | None  # the flags of a health note

    @property
    def has_words(self) -> bool:
        """Whether a leader has written something."""
        return bool(self.note or self.overbook_reason)


class Found(NamedTuple):
    """One participant; ids stay text. The unit is a guest's."""

    id: str
    person_id: str
    version: int
    kind: str
    state: str
    first_name: str
    last_name: str
    birth_date: date | None
    rank: str | None
    phone: str | None
    patrol_id: str | None
    patrol: str | None
    unit_id: str | None
    unit: str | None
    guest_troop: str | None
    guest_patrol: str | None
    passengers_there: int | None
    passengers_back: int | None
    form_ab_until: date | None
    form_c_until: date | None
    photo_consent: str | None
    guardians: tuple[Contact, ...]
    proposals: tuple[Contact, ...]
    agreed: Terms | bool | None  # the terms, if they are others than those of now; else True
    agreed_by_former: bool  # whoever agreed may give no permission any more
    note: str | None = None
    overbook_reason: str | None = None
    has_health_note: bool = False
    flags: str = ""  # of our own words, with blanks between

    def with_apart(self, apart: Apart | None) -> "Found":
        """All of it."""
        if apart is None:
            return self
        return self._replace(
            note=apart.note,
            overbook_reason=apart.overbook_reason,
            has_health_note=apart.sealed is not None,
            flags=flags_in(apart.sealed, self.person_id, apart.swim_class),
        )

    @property
    def name(self) -> str:
        """The name that people call, then the family name."""
        return f"{self.first_name} {self.last_name}"

    def contacts(self) -> tuple[Contact, ...]:
        """Guardians with an account; when none of them has a phone, also those whom the unit's roster file names."""
        known = self.guardians
        if not self.proposals or any(contact.phone for contact in known):
            return known
        there = {contact.name.lower() for contact in known}
        return known + tuple(
            contact for contact in self.proposals if contact.phone or contact.name.lower() not in there
        )


class Agreements:
    """What was agreed to with each party, the latest last; who may give permission, and the parties of the guardians' families."""

    def __init__(self, consents: list[Any], guardians: list[Any]) -> None:
        self.given: dict[str, list[tuple[datetime, Any, str | None]]] = defaultdict(list)
        for signup_id, at, terms, by in consents:
            self.given[signup_id].append((datetime.fromisoformat(at), terms, by))
        self.families: dict[str, list[str]] = defaultdict(list)
        self.permit: dict[str, set[str | None]] = defaultdict(lambda: {None})  # an account that is gone can do no harm
        for person_id, _, _, permits_id, signup_id in guardians:
            self.permit[person_id].add(permits_id)
            if signup_id in self.given:
                self.families[person_id].append(signup_id)

    def of(self, person_id: str, signup_id: str, created_at: str) -> tuple[Terms | bool | None, bool]:
        """The terms of the participant's own party, or those that a guardian agreed to with the family's after the participant had been
        put on the roster, whichever came last; and whether that was by somebody who may give no permission any longer.

        They gave it with the sign-up, which holds, and for others of the party since.
        """
        since, permit = datetime.fromisoformat(created_at), self.permit[person_id]
        given = self.given.get(signup_id, ())
        own = [(at, terms, by not in permit) for at, terms, by in given if by in permit or at <= since]
        families = [family for family in self.families.get(person_id, ()) if family != signup_id]
        others = [(*self.given[family][-1][:2], False) for family in families]
        # The own party first: of two at one moment it counts.
        known = own[-1:] + [other for other in others if other[0] >= since]
        _, terms, by_former = max(known, key=itemgetter(0)) if known else (None, None, False)
        return tuple(terms.items()) if isinstance(terms, dict) else terms, by_former


def found_in(texts: Texts) -> list[Found]:
    """The participants in their order, without what stands apart."""
    guardians, consents = rows_in(texts.guardians), rows_in(texts.consents)
    agreements = Agreements(consents, guardians)
    contacts, proposed = by_person(guardians), by_person(rows_in(texts.proposals))
    found = []
    for signup_id, created_at, *columns in rows_in(texts.people):
        values = dict(zip(Found._fields, columns, strict=False))
        for name in DATES:
            values[name] = values[name] and date.fromisoformat(values[name])
        person_id = values["person_id"]
        values["guardians"], values["proposals"] = (tuple(known.get(person_id, ())) for known in (contacts, proposed))
        agreed, by_former = agreements.of(person_id, signup_id, created_at)
        found.append(Found(**values, agreed=agreed, agreed_by_former=by_former))
    return found


def apart_in(text: str | None) -> dict[str, Apart]:
    """What stands apart of those rows that have any of it, by the participant's id."""
    return {
        row_id: Apart(note, reason, swim_class, None if sealed is None else bytes.fromhex(sealed))
        for row_id, note, reason, swim_class, sealed in rows_in(text)
    }


def by_person(rows: list[Any]) -> dict[str, list[Contact]]:
    """Names and phones of those who can be called about each person."""
    found: dict[str, list[Contact]] = defaultdict(list)
    for person_id, name, phone, *_ in rows:
        found[person_id].append(Contact(name or "", phone))
    return found


def rows_in(text: str | None) -> list[Any]:
    """What PostgreSQL has gathered; it says nothing where there is nothing."""
    found: list[Any] = json.loads(text) if text else []
    return found
