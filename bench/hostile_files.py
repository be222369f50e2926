"""Files that hostile visitors bring: workbooks, sheets and what is neither."""

import io
import zipfile

from hypothesis import strategies as st

from bench.hostile_texts import MARK, TEXTS

NAMES = st.one_of(
    st.sampled_from(("roster.csv", "roster.xlsx", "../../zq.csv", "zq\0.csv", MARK, "", "x" * 3000)), TEXTS
)


def zipped(**entries: str | bytes) -> bytes:
    """A workbook, or what says it is one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def book(sheet: str, before: str = "") -> bytes:
    """A workbook with one sheet."""
    spread = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/><Override PartName="/xl/sheet1.xml" ContentType="{types}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{spread}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target="sheet1.xml"/></Relationships>',
        "xl/sheet1.xml": f'{before}<worksheet xmlns="{spread}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def cell(text: str, where: str = "A1", kind: str = "inlineStr") -> str:
    """One row of one cell."""
    return f'<row r="1"><c r="{where}" t="{kind}"><is><t>{text}</t></is><v>{text}</v></c></row>'


HEAD = b"First Name,Last Name,Youth or adult,Birth date,Email,Phone,Patrol,Position,Parent Email\n"
LAUGHS = '<!DOCTYPE z [<!ENTITY a "zq"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE z [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
BOOKS = (
    book(cell("First Name")), book(cell("&c;"), LAUGHS), book(cell("&a;"), OUTSIDE), book(cell("zq", "ZZZZ99999999")),
    book(cell("zq", "A0")), book(cell("1", "A1", "s")), book(cell("1e999", "A1", "n")), book(cell("99999999", "A1", "d")), book("<row r='9999999'/>"),
    book(cell(" " * 3_000_000)), book(""), b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, zipped(a="x"), book("")[:200], b"\xd0\xcf\x11\xe0zq",
    b"%PDF-1.7", b"GIF89a<script>",
)  # fmt: skip
SHEETS = (
    b"", b"\n", b",", b"\0", HEAD, HEAD + b"\0,\0\n", HEAD.replace(b"\n", b"\r"), HEAD + b'"', HEAD + b'"a","b', b",".join([b"x"] * 5000),
    b"\xff\xfe" + HEAD.decode().encode("utf-16-le"), b"\xff\xfea", b"\xef\xbb\xbf" + HEAD, b"\xfe\xff\xd8\x00", HEAD + b"\xff\xfe\xc3\n",
    HEAD + b"A,B,Youth,2014-02-03\n" * 3000, HEAD + b"A,B,Youth,9999-99-99\n", HEAD + b"," * 4000 + b"\n", b"First Name\tLast Name\nA\tB\n",
    b"First Name;Last Name\nA;B\n", HEAD * 3, b'"' + b"x" * 200_000 + b'"', b"First Name," * 40 + b"\n" + b"A," * 40,
)  # fmt: skip
CONTENTS = st.one_of(
    st.sampled_from(BOOKS + SHEETS),
    st.binary(max_size=300),
    st.lists(st.lists(TEXTS, min_size=1, max_size=9), min_size=1, max_size=4).map(
        lambda rows: HEAD + "\n".join(",".join('"' + text[:500].replace('"', '""') + '"' for text in row) for row in rows).encode("utf-8", "surrogatepass")
    ),
    st.tuples(st.sampled_from(BOOKS), st.integers(0, 400), st.binary(min_size=1, max_size=8)).map(
        lambda torn: torn[0][: torn[1]] + torn[2] + torn[0][torn[1] + len(torn[2]) :]
    ),
)  # fmt: skip
