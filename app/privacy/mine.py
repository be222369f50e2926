"""Whose data it is, and what a chapter of the file is made of."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func

from app.families.models import Person

Rows = Select[*tuple[Any, ...]]
MOST_ROWS = 10_000  # of one section; far over any real family, and said in the file when there are more


@dataclass(frozen=True)
class Mine:
    """Whose data: the account, its people, and those of them whose health notes it may see."""

    user_id: uuid.UUID
    people: tuple[uuid.UUID, ...]
    health: tuple[uuid.UUID, ...]


@dataclass(frozen=True)
class Section:
    """A chapter of the file. ``tables`` are those that it tells of; ``read`` makes the statement that reads it."""

    key: str
    title: str
    tables: tuple[str, ...]
    read: Callable[[Mine], Rows]


PERSON_NAME = func.coalesce(Person.preferred_name, Person.first_name) + " " + Person.last_name
