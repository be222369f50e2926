"""``python -m bench.imports``: how long a large roster takes, and how much memory, beside what it may take.

A Scoutbook report, a quarter of it adults, is read, compared, applied, brought a second time, changed, and taken back, in this process as in a web
process. Then what nobody should send, each of which must get its one sentence at once.
"""

import argparse
import io
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Iterator

from app.extensions import db
from app.members.importing.applying import apply
from app.members.importing.drafting import start
from app.members.importing.reading import read_roster
from app.members.importing.records import LARGEST_FILE, NotARoster
from app.members.importing.slices import go_on
from app.members.importing.undoing import undo
from app.members.models import RosterImport
from app.units.models import Unit
from bench import inside
from bench.serve import databases
from bench.table import machine

ROWS, MOST_SECONDS, MOST_MEGABYTES, MOST_FOR_A_REFUSAL = 40_000, 60, 300, 2
ADULT = "First Name,Last Name,Email,Gender,BSA Number,Unit Number,Training,Expiration Date,Positions"
YOUTH = "First Name,Last Name,BSA Number,Date of Birth,Gender,Rank,Positions,Patrol,Parent/Guardian Name,Relationship,Mobile Phone"
FIRST = ("Ava", "Noah", "Zoé", "Finn", "Ella", "Jamal", "Ida", "Hugo", "Cleo", "Dev", "Guadalupe")


def roster(rows: int, rank: str) -> bytes:
    """The report; families of one adult and three children."""
    families = rows // 4
    lines = [" ,ADULT MEMBERS", " ," + ADULT]
    for n in range(families):
        first, last = FIRST[n % 11], f"Family{n // 3}"
        lines.append(
            f"{n},{first},{last},a{n}@example.org,{'MF'[n % 2]},{1000000 + n},Group 9,Y01 Safeguarding | SCO_800 Weather,06/05/2027 | 05/08/2028,Committee Member"
        )
    lines += ["", " ,YOUTH MEMBERS", " ," + YOUTH]
    for n in range(rows - families):
        adult = n // 3 % families
        named = f"{FIRST[adult % 11]} Family{adult // 3},({1000000 + adult}) - Mother of - Guardian,555-01{n % 100:02}"
        lines.append(
            f"{n},{FIRST[n % 11]},Family{adult // 3},{2000000 + n},{n % 12 + 1:02}/{n % 28 + 1:02}/2013,{'FM'[n % 2]},{rank},Scribe,P{n % 200},{named}"
        )
    return "\n".join(lines).encode()


def sheet(xml: bytes) -> bytes:
    """An XLSX file around one sheet."""
    made = io.BytesIO()
    main, rels = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{rels}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rels}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{rels}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        start = f'<worksheet xmlns="{main}"><sheetData>'.encode()
        archive.writestr("xl/worksheets/sheet1.xml", start + xml + b"</sheetData></worksheet>")
    return made.getvalue()


def cell(text: bytes) -> bytes:
    """A cell that holds its text itself."""
    return b'<c t="inlineStr"><is><t>' + text + b"</t></is></c>"


def bomb(unfolded: int) -> bytes:
    """A spreadsheet whose one cell is that many bytes long, nearly nothing when packed."""
    made = io.BytesIO(sheet(b""))
    with (
        zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(unfolded // 2**20):
            part.write(b"x" * 2**20)
    return made.getvalue()


def hostile(megabytes: int) -> Iterator[tuple[str, bytes]]:
    """What nobody should send."""
    yield f"ZIP bomb, a cell of {megabytes} MB", bomb(megabytes * 2**20)
    yield "10,000 columns, CSV", b",".join(b"c%d" % n for n in range(10_000)) + b"\n" + b"x," * 9_999 + b"x"
    yield "10,000 columns, XLSX", sheet(b"<row>" + cell(b"First Name") * 10_000 + b"</row>")
    yield (
        "a cell in the far corner, XLSX",
        sheet(b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'),
    )
    yield "entities that multiply, XLSX", sheet(b'<row><c><!DOCTYPE x [<!ENTITY a "b">]><v>&a;</v></c></row>')
    yield "a cell of 9 MB, CSV", b'First Name,Last Name\n"' + b"x" * (LARGEST_FILE - 2**20) + b'",y'
    yield "quotation marks that never close, CSV", b"First Name,Last Name\n" + b'"a\n' * 100_000
    yield "binary", bytes(range(256)) * 4000
    yield "a picture called .csv", b"\x89PNG\r\n\x1a\n" + b"\x00\xff" * 100_000


def refuse(data: bytes) -> str:
    """The sentence that a file gets."""
    try:
        read_roster(data)
    except NotARoster as refusal:
        return refusal.message
    return ""


def megabytes() -> float:
    """The most that this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Measure and print; 1 when something took too long or too much."""
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--bomb", type=int, default=2048, help="megabytes of the cell in the ZIP bomb")
    options = parser.parse_args()
    faults: list[str] = []
    with databases() as home:
        data = home.create("imports")
        inside.upgrade(data)
        with inside.application(data) as app, app.app_context():
            lines = list(large(options.rows, faults))
    lines.append(f"| most memory of the process | {megabytes():.0f} MB | at most {MOST_MEGABYTES} MB |")
    if megabytes() > MOST_MEGABYTES:
        faults.append("too much memory")
    for name, made in hostile(options.bomb):
        took, said = timed(lambda made=made: refuse(made))
        lines.append(f"| {name} | {took:.2f} s | at most {MOST_FOR_A_REFUSAL} s: {said} |")
        if not said or took > MOST_FOR_A_REFUSAL:
            faults.append(name)
    print("\n".join(["| what | took | may take |", "| --- | --- | --- |", *lines]))
    print(f"\n{machine()}")
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


def timed(act: Callable[[], object]) -> tuple[float, str]:
    """Seconds, and what came of it."""
    began = time.monotonic()
    result = act()
    return time.monotonic() - began, str(result)


def large(rows: int, faults: list[str]) -> Iterator[str]:
    """The import in its steps, each committed as a request would."""
    unit = Unit(name="Group 9", kind="group", time_zone="America/Chicago")
    db.session.add(unit)
    db.session.commit()
    drafts: list[RosterImport] = []

    def bring(rank: str) -> None:
        drafts.append(start(None, unit, roster(rows, rank), "roster.csv"))
        db.session.commit()
        while not go_on(drafts[-1], None, unit):
            db.session.commit()
        db.session.commit()

    def make() -> None:
        apply(drafts[-1], None, unit)
        db.session.commit()

    def take_back() -> None:
        undo(drafts[-1], None, unit)
        db.session.commit()

    for name, act in (
        ("read and compared with an empty site", lambda: bring("Star")),
        ("applied", make),
        ("the same file again: nothing to change", lambda: bring("Star")),
        ("a new rank for everybody: read and compared", lambda: bring("Life")),
        ("applied", make),
        ("taken back", take_back),
    ):
        took, _ = timed(act)
        yield f"| {rows:,} rows {name} | {took:.1f} s | at most {MOST_SECONDS} s together with the step before |"
        if took > MOST_SECONDS:
            faults.append(name)
        print(f"{name}: {took:.1f} s, {megabytes():.0f} MB", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
