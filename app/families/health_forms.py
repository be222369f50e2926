"""The form about diet and health. Allergies and medications are rows; one more is a button that needs no script."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from app.families.forms import text_field, trimmed
from app.families.health.answers import MOST_ROWS, Allergy, Answers, Carried, Diet, Medication, known
from app.families.health.notes import Kept, Papers
from app.families.health.words import CARRIED, DIETS, SEVERITIES, SWIM
from app.web.forms import PlainDateField, may_be_left_out

ROWS = ("allergies", "medications")
ROW = re.compile(rf"({'|'.join(ROWS)})-(\d{{1,3}})")


def long_text(label: str, most: int) -> TextAreaField:
    """Some lines, optional."""
    return TextAreaField(
        label, [Optional(), Length(max=most, message=f"Use at most {most} characters.")], filters=[trimmed]
    )


class RowForm(Form):
    """One row. A row in which nothing was typed is none; in one in which something was, ``asked`` must be filled."""

    asked: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In a row that is there they are needed, and so not called optional.
        for name in self.asked:
            self[name].flags.optional = None

    def is_empty(self) -> bool:
        """Nothing was typed or chosen."""
        return not any(field.data for field in self)

    def validate(self, extra_validators: Any = None) -> bool:
        """Its fields, when there is anything in them."""
        if self.is_empty():
            return True
        fine = super().validate(extra_validators)
        for name, sentence in self.asked.items():
            if not self[name].data and not self[name].errors:
                self[name].errors = [sentence]
                fine = False
        return fine


class AllergyForm(RowForm):
    """One allergy."""

    what = text_field("Allergic to", most=80)
    severity = RadioField("How bad it gets", [may_be_left_out()], choices=SEVERITIES)
    reaction = text_field("How it shows", most=300)
    action = text_field("What to do", most=500)
    asked: ClassVar = {"what": "Say what the allergy is to.", "severity": "Say how bad the allergy gets."}


class MedicationForm(RowForm):
    """One medication."""

    what = text_field("Medication", most=120)
    dose = text_field("How much", most=120)
    times = text_field("When", most=200)
    asked: ClassVar = {"what": "Say which medication it is."}


class HealthForm(FlaskForm):
    """Everything about one person. ``version`` travels with it."""

    version = HiddenField()
    diets = SelectMultipleField("Diet", [may_be_left_out()], choices=DIETS)
    diet_words = long_text("In your own words", 500)
    allergies = FieldList(FormField(AllergyForm), max_entries=MOST_ROWS)
    allergy_words = long_text("Anything else about allergies", 1000)
    carried = SelectMultipleField("Carries", [may_be_left_out()], choices=CARRIED)
    medications = FieldList(FormField(MedicationForm), max_entries=MOST_ROWS)
    conditions = long_text("Conditions that leaders should know of", 1000)
    swim_class = RadioField("Swim class", [may_be_left_out()], choices=SWIM | {"": "Not tested"})
    swim_class_on = PlainDateField("Day of the swim test", [Optional()])
    form_ab_until = PlainDateField("Parts A and B are valid until", [Optional()])
    form_c_until = PlainDateField("Part C is valid until", [Optional()])
    form_in_binder = BooleanField("The paper form is in the unit's binder")

    @classmethod
    def of(cls, kept: Kept) -> "HealthForm":
        """With what is kept when it is opened, with what was sent when it comes back."""
        rows = {name: [row.__dict__ for row in getattr(kept.answers, name)] for name in ROWS}
        return cls(data=kept.answers.__dict__ | kept.papers.__dict__ | rows | {"version": kept.version})

    def rearranged(self, sent: "MultiDict[str, str]") -> str | None:
        """Put a row more, or take one away, if a button for that was pressed.

        Returns:
            The id of the field to go on with; None when it was another button.
        """
        name = sent.get("add", "")
        if name in ROWS:
            rows = self[name]
            return (rows.append_entry() if len(rows) < MOST_ROWS else rows[-1]).what.id
        found = ROW.fullmatch(sent.get("remove", ""))
        if found is None:
            return None
        rows = self[found[1]]
        rows.entries = [row for row in rows.entries if row.name != found[0]]
        return f"add-{found[1]}"

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong, in the order of the form, with the id of the field; rows included."""
        for field in self:
            if field.name not in ROWS:
                yield from ((said, f"#{field.id}") for said in field.errors)
                continue
            for row in field:
                yield from ((said, f"#{inner.id}") for inner in row.form for said in inner.errors)
        yield from ((said, "") for said in self.form_errors)

    def based_on(self) -> str:
        """The version that the form was made of: what was sent, never what it was filled with."""
        return str(self.version.raw_data[0]) if self.version.raw_data else ""

    def answers(self) -> Answers:
        """What the form says."""
        return Answers(
            diets=known(Diet, self.diets.data or ()),
            diet_words=self.diet_words.data or None,
            allergies=tuple(Allergy(**blank_is_none(row.data)) for row in self.allergies if not row.form.is_empty()),
            allergy_words=self.allergy_words.data or None,
            carried=known(Carried, self.carried.data or ()),
            medications=tuple(
                Medication(**blank_is_none(row.data)) for row in self.medications if not row.form.is_empty()
            ),
            conditions=self.conditions.data or None,
        )

    def papers(self) -> Papers:
        """The dates."""
        names = ("swim_class", "swim_class_on", "form_ab_until", "form_c_until")
        return Papers(
            **{name: self[name].data or None for name in names}, form_in_binder=bool(self.form_in_binder.data)
        )


def blank_is_none(values: dict[str, Any]) -> dict[str, Any]:
    """Fields of a row that say nothing."""
    return {name: value or None for name, value in values.items()}
