"""What no form would let anybody type, in every field of every form."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectFieldBase
from wtforms.fields.core import UnboundField
from wtforms.validators import Optional

from tests.routes.table import Row
from tests.security.helpers import EVERY, KINDS

NUMBERS = (
    "-1",
    "0",
    "99999999999999999999",
    "1e9",
    "NaN",
    "Infinity",
    "٣",
    "½",
    "0x10",
    "1_000",
    "+1",
    " 1 ",
    "1.5",
    "",
)
TEXTS = (
    "x" * 5_000, "\0", "a\0b", "\ud800", "\ufeff", "\u202e", "\r\n", " ", "[]", "0000-00-00", "2026-02-30", "99:99",
    "31/31/2026", "not-a-uuid", "00000000-0000-0000-0000-000000000000", "{" * 36, "{null}' OR 1=1 -- %s%d%n ../..", "🏕" * 200,
)  # fmt: skip


# What somebody could add to any form: fields of larger ones, and beginnings that a page looks for in every name.
FURTHER = (
    "version", "summary", "youth_seats", "youth_cost", "opens_at", "closes_at_time", "open_to", "birth_date", "phone", "together", "seen",
    "there-x", "guest_troop", "patrol_id", "overbook_reason", "children", "had",
)  # fmt: skip


@pytest.fixture(scope="session")
def known_fields() -> dict[str, list[str]]:
    """What ``fields_of`` has found, by the row in words."""
    return {}


@pytest.fixture
def fields_of(
    post: Callable[..., Any], heard: set[str], known_fields: dict[str, list[str]]
) -> Callable[[Row], list[str]]:
    """``fields_of(row)``: what the page reads of a form. Of one that goes through all names, its own and ``FURTHER``."""

    def fields_of(row: Row) -> list[str]:
        if str(row) not in known_fields:
            own: set[str] = set()
            post(row, lambda form: (heard.clear(), own.update(form)))
            post(row, lambda form: form.update(dict.fromkeys(FURTHER, "1")))
            known_fields[str(row)] = sorted(heard - {EVERY} | ({*own, *FURTHER} if EVERY in heard else set()))
        return known_fields[str(row)]

    return fields_of


@pytest.mark.parametrize("row", KINDS, ids=str)
def test_rubbish_in_every_field_is_no_accident(row, post, fields_of, heard):
    """Every text in every field, each time in the company of others. What holds NUL reaches no page, so it goes alone."""
    names = fields_of(row)
    texts = [text for text in (*NUMBERS, *TEXTS) if "\0" not in text]
    for turn in range(len(texts)):
        # On its way through the rubbish a page may ask for more than for an honest form.
        names = sorted({*names, *heard} - {EVERY})
        rubbish = {name: texts[(turn + 5 * at) % len(texts)] for at, name in enumerate(names or FURTHER)}
        answer, _ = post(row, lambda form, rubbish=rubbish: form.update(rubbish))
        assert answer.status_code < 500, rubbish
        if not names and not heard:
            break  # nobody listens, so another word would make no difference
    for text in ("\0", "a\0b"):
        answer, _ = post(row, lambda form, text=text: form.update(title=text))
        assert answer.status_code == 400, text


def fields_in(form: type[FlaskForm]) -> Iterator[tuple[str, UnboundField]]:
    """Of a form and of those that are made after it."""
    yield from (
        (f"{form.__name__}.{name}", field) for name, field in vars(form).items() if isinstance(field, UnboundField)
    )
    for narrower in form.__subclasses__():
        yield from fields_in(narrower)


def test_blanks_are_none_of_the_choices(app):
    """Where a choice may be left out, WTForms would let blanks pass for one of the choices."""
    choices = [(name, field) for name, field in fields_in(FlaskForm) if issubclass(field.field_class, SelectFieldBase)]
    validators = [
        (name, validator)
        for name, field in choices
        for validator in (*field.kwargs.get("validators", ()), *(field.args[1] if field.args[1:] else ()))
    ]
    assert len(choices) > 15
    assert [name for name, check in validators if isinstance(check, Optional) and not check.string_check(" ")] == []
