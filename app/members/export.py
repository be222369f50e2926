"""A unit's members as a file, with the columns that are on screen; this site, or another one, can import it again."""

from collections.abc import Sequence
from datetime import date

from app.members.columns import Column, cells_of
from app.members.filtering import Wanted
from app.members.listing import members_of
from app.units.models import Unit

MOST_ROWS = 50_000  # as many as an import takes


def member_rows(unit: Unit, day: date, wanted: Wanted, columns: Sequence[Column]) -> list[list[str]]:
    """Everybody who is wanted by last name, a cell for each heading. As many statements as a page of the list."""
    found = members_of(unit, day, wanted, columns, most=MOST_ROWS)
    return [cells_of(row.facts, columns) for row in found.rows]
