"""Files that nobody knows: columns are named once, and what is no roster comes back with a sentence."""

import io
from uuid import UUID

import pytest
from sqlalchemy import select

from app.extensions import db
from app.members.importing import drafting
from app.members.models import ColumnMemory, RosterImport
from app.units.models import Patrol
from tests.members.importing.helpers import count, make
from tests.members.rosters import data, person, youth

TABLE = b"Given,Family,Born,SSN,Allergies,Group\nAva,Holm,02/03/2014,078-05-1120,MARKER-NUTS,Fox\nBen,Holm,05/06/2013,078051120,,Owl\n"


def test_unknown_columns_are_named_once_and_remembered(bring, client, unit):
    at, page = bring(TABLE)
    at, page = at.removesuffix("/columns"), client.get(f"{at}/columns")
    assert "What do the columns hold?" in page.text
    assert "MARKER" not in page.text
    assert not [number for number in ("078-05", "078051") if number in page.text]
    assert "2 columns are never read" in page.text
    refused = client.post(f"{at}/columns", data={"column-0": "first_name"})
    assert (refused.status_code, "which column holds the last name" in refused.text) == (422, True)
    chosen = {"column-0": "first_name", "column-1": "last_name", "column-2": "birth_date", "column-5": "patrol"}
    assert client.post(f"{at}/columns", data=chosen).status_code == 303
    make(client, at)
    assert sorted(db.session.scalars(select(Patrol.name))) == ["Fox", "Owl"]
    assert count(ColumnMemory) == 1
    # The same columns in another order need no answer.
    _, again = bring(b"Family,Given,Group,Born,SSN,Allergies\nHolm,Cleo,Fox,01/02/2014,,\n")
    assert "Add Cleo Holm: </span>youth, patrol Fox" in again.text


def test_nothing_of_a_number_that_must_not_be_kept_is_in_the_database(bring, db_session):
    bring(TABLE)
    bring(
        data(
            youth(
                person("Ava", Rank="078-05-1120", SSN="078051120"), columns=["First Name", "Last Name", "Rank", "SSN"]
            )
        )
    )
    for table in ("roster_imports", "roster_import_rows", "audit_entries"):
        for row in db_session.execute(db.text(f"SELECT * FROM {table}")):
            # An id may hold any three digits.
            values = [value for value in row if not isinstance(value, UUID)]
            text = str([drafting.unpacked(v) if isinstance(v, bytes | memoryview) else v for v in values])
            assert "078-05" not in text
            assert "078051" not in text
            assert "MARKER" not in text


@pytest.mark.parametrize("content", [b"", b"\x00\x01" * 500, b"PK\x03\x04nothing", b"\xd0\xcf\x11\xe0" * 9, b"hello\n"])
def test_what_is_no_roster_comes_back_with_one_sentence(client, unit, admin, content):
    answer = client.post(f"/units/{unit.id}/import", data={"file": (io.BytesIO(content), "x.csv")})
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert "nothing was changed" in answer.text
    assert count(RosterImport) == 0


def test_a_file_may_be_larger_than_a_form_and_not_larger_than_ten_megabytes(client, unit, admin):
    large = data(youth(person("Ava", number="7"))) + (b" " * 9_999 + b"\n") * 110
    sent = client.post(f"/units/{unit.id}/import", data={"file": (io.BytesIO(large), "x.csv")})
    assert sent.status_code == 303
    huge = client.post(f"/units/{unit.id}/import", data={"file": (io.BytesIO(b"x" * 11 * 2**20), "x.csv")})
    assert huge.status_code == 413
