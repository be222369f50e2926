"""What was planted in the world, who may find it, and whether somebody else did."""

import io
import re
import zipfile

from openpyxl import load_workbook
from werkzeug.test import TestResponse

from app.identity.rules.accounts import digest
from app.web.spreadsheets import XLSX
from tests.routes.marks import HEALTH_FIELDS
from tests.routes.table import Row

LEADERS = {"leader", "lead", "admin", "site_admin"}
ADMINS = {"admin", "site_admin"}
HOMES = {"parent", "limited"}
OTHERS = {"other_parent", "other_leader", "site_admin"}
# What was planted in the world, and exactly who finds it on the way through the table.
SECRETS = {
    **{f"{field}-OWN": {"parent"} for field in HEALTH_FIELDS},
    "CONTACT-OWN": HOMES,
    "555-0188-1": HOMES,
    "555-0177-1": HOMES,
    **{f"{field}-FOREIGN": {"other_parent"} for field in HEALTH_FIELDS},
    "555-0177-2": {"other_parent"},
    "CONTACT-FOREIGN": {"other_parent"},
    # Whoever runs the site sees the names of accounts.
    "SecretOtherFamily": {"other_parent", "site_admin"},
    "SECRET-FOREIGN-OUTING": OTHERS,
    "SECRET-OTHER-UNIT": OTHERS,
    # On an outing that strangers read of.
    "SecretOnBoard": set(),
    "SecretNeighbour": LEADERS,
    "555-0166-3": LEADERS,
    # Not for every leader, and for no admin as such: see Can.OPEN_HEALTH.
    **{f"{field}-NEIGHBOUR": {"lead"} for field in HEALTH_FIELDS},
    # The cook's counts say to what, and of nobody.
    "ALLERGEN-NEIGHBOUR": LEADERS,
    "PROPOSAL-OWN": LEADERS,
    "SECRET-ROSTER-NOTE": LEADERS,
    "SECRET-DRAFT": LEADERS,
    "secret-neighbour@example.org": ADMINS,
    "secret-request@example.org": ADMINS,
    "SECRET-MESSAGE": ADMINS,
    "/welcome/": ADMINS,
    # One home's own address, and never the other's.
    "secret-home@example.org": ADMINS | {"limited"},
    "555-0177-3": set(),
    # Staff of an outing sees whom to call and who may collect somebody on it, and what the unit noted of old.
    "CONTACT-NEIGHBOUR": LEADERS,
    "COLLECTOR-NEIGHBOUR": LEADERS,
    "COLLECTING-NEIGHBOUR": LEADERS,
    "PICK-UP-NEIGHBOUR": LEADERS,
    "COLLECTOR-OWN": HOMES,
    "COLLECTING-FOREIGN": {"other_parent"},
    "PICK-UP-OWN": set(),
    "PICK-UP-FOREIGN": set(),
    "$argon2": set(),
}
OF_HEALTH = re.compile(f"({'|'.join(HEALTH_FIELDS)})-(OWN|FOREIGN|NEIGHBOUR|TYPED)")
HEALTH = re.compile(f"({'|'.join(HEALTH_FIELDS)})-NEIGHBOUR")


def check_secrets(answer: TestResponse, row: Row, who: str) -> None:
    """Nothing of what was planted is read by somebody, or in a place, that it is not for."""
    text = text_of(answer)
    for secret, readers in SECRETS.items():
        assert who in readers or not has(text, secret, row), f"{who} reads {secret}"
    found = set(HEALTH.findall(text))
    assert not found or row.address.endswith("/health") or (found == {"ALLERGEN"} and row.address.endswith("/meals")), (
        f"{who} reads health notes in passing"
    )


def check_token(answer: TestResponse, token: str | None) -> None:
    """No answer holds the token of the session that it is given to."""
    text = text_of(answer)
    assert token is None or (token not in text and digest(token) not in text)


def check_traces(answer: TestResponse, sent: list[str], row: Row, who: str) -> None:
    """No word about health goes to the database but sealed, and whoever reads of another family leaves one entry."""
    statements = "\n".join(sent)
    assert not OF_HEALTH.search(statements), f"{who} sends words about health openly"
    looks = statements.count("INSERT INTO health_reads")
    details = row.address.endswith("/health") and HEALTH.search(text_of(answer))
    assert looks == (1 if details else 0), f"{who} leaves {looks} entries"


def has(text: str, secret: str, row: Row) -> bool:
    """The address that one came by is no secret: a form may post back to it."""
    return secret in text and not (secret == "/welcome/" and row.address.startswith(secret))


def body_of(answer: TestResponse) -> str:
    """What a page, a workbook or a ZIP says."""
    if answer.mimetype == XLSX:
        sheet = load_workbook(io.BytesIO(answer.data)).active
        return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    if answer.mimetype == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
            return "\n".join(file.read(name).decode() for name in file.namelist())
    return answer.get_data(as_text=True)


def text_of(answer: TestResponse) -> str:
    """The same and toasts, which go by a header; where one is sent is a page of its own."""
    said = [f"{name}: {value}" for name, value in answer.headers if name not in ("Location", "HX-Redirect")]
    return "\n".join([body_of(answer), *said])
