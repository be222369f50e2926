"""What two rows for one human say, side by side: which values differ, which of them an admin may see, and which stays."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.families.forms import GENDERS
from app.families.health.words import SWIM
from app.families.models import Person, PersonKind, PhotoConsent
from app.members.models import Membership
from app.units.models import Unit
from app.web.formats import full_date

KEPT, GONE = "kept", "gone"


@dataclass(frozen=True)
class Field:
    """Columns that belong together, under one word. The first tells whether there is a value at all."""

    key: str
    label: str
    columns: tuple[str, ...]


FIELDS = (
    Field("first_name", "First name", ("first_name",)),
    Field("last_name", "Last name", ("last_name",)),
    Field("preferred_name", "Name that people use", ("preferred_name",)),
    Field("birth_date", "Birth date", ("birth_date",)),
    Field("kind", "Youth or adult", ("kind",)),
    Field("gender", "Gender", ("gender",)),
    Field("rank", "Rank", ("rank",)),
    Field("grade", "School grade", ("grade", "grade_said_on")),
    Field("swim_class", "Swim class", ("swim_class", "swim_class_on")),
    Field("form_ab_until", "Health form A/B until", ("form_ab_until",)),
    Field("form_c_until", "Health form C until", ("form_c_until",)),
    Field("email", "Email", ("email",)),
    Field("phone", "Phone", ("phone",)),
)
PLACE_FIELDS = (
    Field("patrol_id", "Patrol", ("patrol_id",)),
    Field("member_number", "Member number", ("member_number",)),
    Field("registered", "Registered", ("registered",)),
    Field("since", "Member since", ("since",)),
)
CALLED: dict[Any, str] = {**GENDERS, **SWIM, PersonKind.YOUTH: "Youth", PersonKind.ADULT: "Adult"}
# Of a child they are the family's. An admin neither sees nor chooses: those of the one who is kept stay.
FAMILYS = {"email", "phone"}
# Columns that no choice is asked about.
NARROWEST = tuple(PhotoConsent)


@dataclass(frozen=True)
class Choice:
    """A field whose two values differ. ``values`` are as people read them."""

    name: str
    label: str
    kept: str
    gone: str
    default: str


def value_of(row: Any, field: Field) -> tuple[Any, ...]:
    """What a row says in a field."""
    return tuple(getattr(row, column) for column in field.columns)


def is_empty(value: tuple[Any, ...]) -> bool:
    """Whether it says nothing."""
    return value[0] in (None, "")


def shown_fields(kept: Person, gone: Person) -> Iterator[Field]:
    """Those that an admin may see of these two."""
    adults = kept.kind == gone.kind == PersonKind.ADULT
    return (field for field in FIELDS if adults or field.key not in FAMILYS)


def choices(kept: Person, gone: Person) -> list[Choice]:
    """What the admin decides about the person. Where only one says something, that stays, and nobody is asked."""
    return [*differing(shown_fields(kept, gone), kept, gone, "", in_words)]


def place_choices(unit: Unit, kept: Membership, gone: Membership, patrols: Mapping[uuid.UUID, str]) -> list[Choice]:
    """The same about the places in a unit where both are members."""

    def words(value: Any) -> str:
        return patrols.get(value, "none") if isinstance(value, uuid.UUID) else in_words(value)

    return [*differing(iter(PLACE_FIELDS), kept, gone, f"{unit.id}.", words, f"{unit.name}: ")]


def differing(
    fields: Iterator[Field], kept: Any, gone: Any, prefix: str, words: Callable[[Any], str], before: str = ""
) -> Iterator[Choice]:
    """Fields in which both say something, and not the same."""
    for field in fields:
        mine, theirs = value_of(kept, field), value_of(gone, field)
        if mine[0] != theirs[0] and not is_empty(mine) and not is_empty(theirs):
            label = before + field.label if before else field.label
            yield Choice(prefix + field.key, label, words(mine[0]), words(theirs[0]), KEPT)


def in_words(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return full_date(value) if isinstance(value, date) else CALLED.get(value, str(value))


def decided(fields: Iterator[Field], kept: Any, gone: Any, said: Mapping[str, str], prefix: str = "") -> dict[str, Any]:
    """Column by column what the one who is kept gets: what was chosen, and of the other one what was empty."""
    found: dict[str, Any] = {}
    for field in fields:
        mine, theirs = value_of(kept, field), value_of(gone, field)
        wins = is_empty(mine) or (said.get(prefix + field.key) == GONE and not is_empty(theirs))
        if wins and mine != theirs:
            found.update(zip(field.columns, theirs, strict=True))
    return found


def unasked(kept: Person, gone: Person) -> dict[str, Any]:
    """What stays of things that an admin does not see, or that must not be lost: of two photo consents the narrower one, of two notes
    on collecting both, of a family's own address and phone whichever there is."""
    found: dict[str, Any] = {}
    ranks = {consent.value: rank for rank, consent in enumerate(NARROWEST)}
    mine, theirs = kept.photo_consent, gone.photo_consent
    if theirs is not None and (mine is None or ranks[theirs] < ranks[mine]):
        found |= {name: getattr(gone, name) for name in ("photo_consent", "photo_consent_at", "photo_consent_by_id")}
    notes = [note for note in (kept.pick_up_note, gone.pick_up_note) if note]
    if gone.pick_up_note and gone.pick_up_note not in (kept.pick_up_note or ""):
        found["pick_up_note"] = "\n".join(notes)
    if gone.form_in_binder and not kept.form_in_binder:
        found["form_in_binder"] = True
    hidden = [field for field in FIELDS if field.key in FAMILYS]
    return found | decided(iter(hidden), kept, gone, {})
