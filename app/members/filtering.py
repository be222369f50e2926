"""Which members are wanted: everything that an address of the list can say, and the conditions that it means."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, false, func, literal, or_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import aliased

from app.families.models import ADULT_FROM, Guardian, Person, PersonKind, Training
from app.members.following import query_for
from app.members.models import Membership, Position

LONGEST_SEARCH = 80  # characters
SOON = timedelta(days=60)  # what runs out within these is said now
RUNS_OUT = {"soon": "runs out within 60 days", "over": "has run out, or is missing"}
TRAINING_RUNS_OUT = {"soon": "runs out within 60 days", "over": "has run out"}
REGISTERED = {"yes": "registered", "no": "not registered"}
OTHERS = {"account": "no guardian has an account", "age": f"{ADULT_FROM}, or soon", "former": "former members"}
NO_PATROL = "none"
OF_TODAY = ("form", "training")


@dataclass(frozen=True)
class Wanted:
    """What an address asks for; nothing by default."""

    q: str = ""
    patrol: str = ""  # an id, or "none"
    position: str = ""
    registered: str = ""
    form: str = ""
    training: str = ""
    only: str = ""  # one of OTHERS

    @classmethod
    def of(cls, said: Mapping[str, str], q: str) -> "Wanted":
        """From the arguments of an address; what cannot be one of the choices is left out, and of former members what is true of them
        today.
        """
        choices: dict[str, Mapping[str, str]] = {
            "registered": REGISTERED, "form": RUNS_OUT, "training": TRAINING_RUNS_OUT, "only": OTHERS
        }  # fmt: skip
        known = {name: said[name] for name, offered in choices.items() if said.get(name) in offered}
        if known.get("only") == "former":
            known = {name: value for name, value in known.items() if name not in OF_TODAY}
        patrol = said.get("patrol", "")
        if patrol == NO_PATROL or as_uuid(patrol):
            known["patrol"] = patrol
        return cls(q=q, position=said.get("position", "").replace("\x00", "").strip()[:200], **known)

    def as_args(self) -> dict[str, Any]:
        """What an address says, without what asks for nothing."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}

    @property
    def filters(self) -> int:
        """How many of them there are beside the search."""
        return len(self.as_args()) - bool(self.q)

    @property
    def is_former(self) -> bool:
        """Whether those are wanted who are no members any more."""
        return self.only == "former"


def as_uuid(text: str) -> uuid.UUID | None:
    """The id that an address carried, if it is one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def conditions(unit_id: uuid.UUID, wanted: Wanted, day: date) -> list[ColumnElement[bool]]:
    """What makes somebody one of those who are wanted, for a statement over memberships and people."""
    found = [Membership.unit_id == unit_id, former() if wanted.is_former else Membership.until.is_(None)]
    if wanted.q:
        words = query_for(unit_id, wanted.q)
        found.append(Membership.search.bool_op("@@")(cast(literal(words, Text), TSQUERY)) if words else false())
    if wanted.patrol:
        found.append(Membership.patrol_id == as_uuid(wanted.patrol))  # "none" is no id, and so IS NULL
    if wanted.position:
        same = func.lower(Position.name) == wanted.position.lower()
        live = Position.until.is_(None) if not wanted.is_former else Position.id.is_not(None)
        found.append(exists().where(Position.membership_id == Membership.id, same, live))
    if wanted.registered:
        found.append(Membership.registered.is_(wanted.registered == "yes"))
    if wanted.form:
        found.append(form_runs_out(wanted.form, day))
    if wanted.training:
        ends = {"soon": Training.expires_on.between(day, day + SOON), "over": Training.expires_on < day}
        found.append(exists().where(Training.person_id == Person.id, ends[wanted.training]))
    if wanted.only == "account":
        found += [is_youth(day), ~exists().where(Guardian.person_id == Person.id)]
    if wanted.only == "age":
        found += [Person.kind == PersonKind.YOUTH, Person.birth_date <= birthday_of(ADULT_FROM, day + SOON)]
    return found


def former() -> ColumnElement[bool]:
    """The last of somebody's memberships in a unit, where all of them are over."""
    later: Any = aliased(Membership)
    newer = or_(
        later.until.is_(None),
        later.until > Membership.until,
        and_(later.until == Membership.until, later.id > Membership.id),
    )
    again = exists().where(later.unit_id == Membership.unit_id, later.person_id == Membership.person_id, newer)
    return and_(Membership.until.is_not(None), ~again)


def form_runs_out(when: str, day: date) -> ColumnElement[bool]:
    """By the dates of parts A and B, which everybody needs, and of part C where there is one."""
    ab, c = Person.form_ab_until, Person.form_c_until
    if when == "soon":
        return or_(ab.between(day, day + SOON), c.between(day, day + SOON))
    return or_(ab.is_(None), ab < day, c < day)


def is_youth(day: date) -> ColumnElement[bool]:
    """Youth on a day: by the birth date, and by what the roster says where there is none."""
    return func.coalesce(Person.birth_date > birthday_of(ADULT_FROM, day), Person.kind == PersonKind.YOUTH)


def birthday_of(age: int, day: date) -> date:
    """The last day on which somebody can have been born who is ``age`` on ``day``."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:
        return date(day.year - age, 2, 28)
