"""What hostile visitors send: texts, files, headers and bodies, drawn by hypothesis. ``hostile.py`` sends them."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.routes.planting import quoted
from tests.routes.world import FORMS, WHO
from tests.test_routes import Row, names_in

# Where it stands in an answer as it is, something was not escaped.
MARK = "<zq\"'>"
# A template that was run would answer zq1337; a header that was split, X-Zq; a cell that was one, =zq(1).
CRAFTED = (
    MARK, f"\">{MARK}<script>zq()</script>", f"'-{MARK}-'", f"--> {MARK}", f"</textarea></title>{MARK}", f"x{MARK}@example.org",
    "{{ 'zq' ~ 7*191 }}", "${'zq'}{{7*191}}", "{% include '/etc/passwd' %}", "=zq(1)", "+zq", "-zq", "@zq", "\t=zq(1)", "|zq", "=zq(1)",
    "a;=zq(1)", f"' OR 1=1 --{MARK}", "'; DROP TABLE users; --", "\\'; SELECT pg_sleep(9); --", "%s%d%n%(x)s", ":name", "$1", "?",
    f"zq\r\nX-Zq: 1\r\n\r\n{MARK}", "zq\nSet-Cookie: zq=1", "//zq.example", "https://zq.example/", "/\\zq.example", "/\t/zq.example",
    "javascript:zq()", "data:text/html,zq", "../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/proc/self/environ", "C:\\zq", "file:///zq",
    "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\ufeff", "\u202ezq", "\u0000\uffff", "\U0010ffff", "\x85", "\u2028", "٣", "½", "İ", "ß",
    "-1", "0", "1e9", "1e999", "NaN", "-Infinity", "0x10", "1_000", "+1", "1.5", "9" * 20, "9" * 5000, "-" + "9" * 30, "2147483648",
    "9223372036854775808", "0000-00-00", "2026-02-30", "0001-01-01", "9999-12-31", "31/31/2026", "24:00", "99:99", "2027-03-14 02:30",
    "not-a-uuid", "00000000-0000-0000-0000-000000000000", "{" * 36, "[]", "{}", "null", "true", "[" * 2000, '{"a":' * 500,
    "\\u0000", '{"id":"\\u0000"}', '{"id":"\\ud800"}', "x" * 5000, "🏕" * 2000, "e\u0301" * 900, "(" * 3000, "a" * 63 + "@" + "b" * 300 + ".com",
)  # fmt: skip
ANY_LETTER = st.characters(categories=None)
TEXTS = st.one_of(
    st.sampled_from(CRAFTED),
    st.text(st.characters(), max_size=60),
    st.integers(0, 0x10FFFF).map(chr),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(str),
    st.dates().map(str),
    st.uuids().map(str),
    st.builds(lambda text, times: text * times, st.text(st.characters(), min_size=1, max_size=3), st.integers(1, 3000)),
    st.builds(lambda one, other: one + other, st.sampled_from(CRAFTED), st.sampled_from(CRAFTED)),
)
# Fields of any form, of searches and filters, and some that no form has.
FIELDS = tuple(
    dict.fromkeys(
        [
            "q",
            "page",
            "show",
            "when",
            "who",
            "done",
            "next",
            "url",
            "patrol",
            "kind",
            "state",
            "sort",
            "go",
            "tick",
            "shown",
            "entry",
            "people",
            "together",
            "seen",
            "consent",
            "submission",
            "version",
            "id",
            "key",
            "user_id",
            "person_id",
            "unit_id",
            "role",
            "until",
            "leads",
            "place",
            "reason",
            "note",
            "file",
            "column-0",
            "column-1",
            "there-x",
            "guest_name",
            "guest_troop",
            "title",
            "summary",
            "starts_on",
            "starts_at",
            "ends_on",
            "ends_at",
            "closes_on",
            "opens_at",
            "youth_seats",
            "youth_cost",
            "open_to",
            "birth_date",
            "phone",
            "email",
            "login",
            "password",
            "again",
            "current",
            "code",
            "credential",
            "sealed",
            "name",
            "csrf_token",
            "remember",
            "first_name",
            "last_name",
            "diet",
            "allergies",
            "had",
            "position",
            "patrol_id",
            "time_zone",
            "policy_preset",
            "is_site_admin",
            "until_date",
            "before",
            "after",
            "event",
            "_method",
        ]
    )
)
HEADERS = (
    "User-Agent", "Accept-Language", "Accept", "Referer", "Origin", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Host",
    "X-Request-ID", "HX-Request", "HX-Target", "HX-Trigger", "HX-Current-URL", "HX-Boosted", "HX-History-Restore-Request", "Range",
    "If-None-Match", "If-Modified-Since", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Authorization", "X-CSRFToken",
    "X-HTTP-Method-Override", "Content-Length", "Expect", "Accept-Encoding", "Sec-Fetch-Site", "Cache-Control", "traceparent",
)  # fmt: skip
HEADER_VALUES = (
    "1", "true", "null", "zq.example", "http://zq.example/", "127.0.0.1, " * 200, "::1", "fe80::1%zq", "999.999.999.999", "bytes=0-,-1",
    "bytes=9999999999999999999-", "W/\"zq", "Thu, 99 Zed 9999 99:99:99 GMT", "gzip, deflate, br", "chunked", "Basic /////", "Bearer zq",
    "text/html; charset=zq", "text/html; charset=utf-7", "application/json", "multipart/form-data", "multipart/form-data; boundary=",
    "application/x-www-form-urlencoded; charset=utf-16", "application/x-www-form-urlencoded;charset=idna", "en-US,en;q=zq", "-1", "1e9",
    "\xff\xfe", "x" * 9000, "00-00-00-00", "100-continue",
)  # fmt: skip
METHODS = (
    "GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "ZQ",
)  # fmt: skip
COOKIES = ("session", "__Host-session", "known", "remember_token", "csrf_token", "zq")
KINDS = (
    "fields", "fields", "fields", "every field", "ids", "ids in fields", "query", "address", "headers", "cookies", "file", "multipart",
    "json", "encoding", "method", "size", "no such form",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A row of the table of addresses and the view behind it."""

    row: Row
    endpoint: str


@dataclass
class Weapon:
    """One hostile request: the honest one of ``target`` by ``who``, and what is done to it."""

    kind: str
    target: Target
    who: str
    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    everything: str | None = None  # in every field of the honest form
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    body: tuple[bytes, str] | None = None  # and its type; instead of the form
    tokens: bool = False  # whether forms need their token

    def in_words(self) -> str:
        """Enough to send it again."""
        parts = {name: value for name, value in vars(self).items() if value and name not in ("target",)}
        return f"{self.target.row} {parts!r}"


@st.composite
def weapons(draw: Any, target: Target, ids: dict[str, str]) -> Weapon:
    """Any of them at this address, by anybody."""
    kind = draw(st.sampled_from(KINDS))
    address = target.row.address.format_map(ids)
    weapon = Weapon(kind, target, draw(st.sampled_from(WHO)), target.row.method, address)
    if draw(st.booleans()):
        weapon.headers["HX-Request"] = "true"
    weapon.tokens = draw(st.integers(0, 19)) == 0
    globals()[f"_{kind.replace(' ', '_')}"](draw, weapon, ids)
    return weapon


def own_names(weapon: Weapon) -> tuple[str, ...]:
    """The fields of the form, as far as they are known before it is made, and all others."""
    return OWN.get(weapon.target.endpoint, ()) + FIELDS


OWN = {endpoint: make.__code__.co_consts for endpoint, make in FORMS.items()}
OWN = {
    endpoint: tuple(
        name for const in consts for name in (const if isinstance(const, tuple) else (const,)) if isinstance(name, str)
    )
    for endpoint, consts in OWN.items()
}


def _fields(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    weapon.fields = draw(st.dictionaries(st.sampled_from(own_names(weapon)), TEXTS, min_size=1, max_size=4))
    if weapon.method == "GET":
        weapon.query = list(weapon.fields.items())


def _every_field(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    weapon.everything = draw(TEXTS)


def _ids(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    some = st.one_of(st.sampled_from(sorted(ids.values())), TEXTS.filter(bool))
    swapped = {name: quoted(draw(some)[:3000]) for name in names_in(weapon.target.row)}
    weapon.path = weapon.target.row.address.format_map(ids | swapped)


def _ids_in_fields(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    some = st.sampled_from(sorted(ids.values()))
    weapon.fields = draw(st.dictionaries(st.sampled_from(own_names(weapon)), some, min_size=1, max_size=6))
    weapon.query = draw(st.lists(st.tuples(st.sampled_from(FIELDS), some), max_size=3))


def _query(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    weapon.query = draw(st.lists(st.tuples(st.sampled_from(FIELDS), TEXTS), min_size=1, max_size=6))


def _address(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    text = quoted(draw(TEXTS)[:3000])
    parts = weapon.path.split("/")
    parts[draw(st.integers(1, len(parts) - 1))] = text
    weapon.path = draw(st.sampled_from((weapon.path + "/" + text, "/".join(parts), f"/static/{text}", f"//{text}")))


def _headers(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    value = st.one_of(st.sampled_from(HEADER_VALUES), TEXTS.map(for_header))
    weapon.headers |= draw(st.dictionaries(st.sampled_from(HEADERS), value, min_size=1, max_size=4))


def for_header(text: str) -> str:
    """What a server passes on: no line ends, and bytes as Latin-1."""
    plain = "".join(letter for letter in text if letter not in "\r\n\0")
    return plain.encode("utf-8", "surrogatepass").decode("latin-1")


def _cookies(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    weapon.cookies = draw(st.dictionaries(st.sampled_from(COOKIES), TEXTS.map(for_header), min_size=1, max_size=3))


NAMES = st.one_of(
    st.sampled_from(("roster.csv", "roster.xlsx", "../../zq.csv", "zq\0.csv", MARK, "", "x" * 3000)), TEXTS
)


def _file(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    name = draw(st.sampled_from(("file", "file", "file", "title", "csrf_token", "zq")))
    weapon.files = {name: (draw(CONTENTS), draw(NAMES))}


def _multipart(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    text = draw(TEXTS).encode("utf-8", "surrogatepass")
    boundary = draw(st.sampled_from(("zq", "", "x" * 300, '"')))
    part = b"--%b\r\nContent-Disposition: form-data; name=" % boundary.encode() + draw(
        st.sampled_from(
            (b'"title"', b'"file"; filename="a.csv"', b"\"file\"; filename*=utf-16''%ff", b'"', b"", text[:200])
        )
    )
    charset = draw(
        st.sampled_from((b"", b"\r\nContent-Type: text/plain; charset=utf-7", b"\r\nContent-Transfer-Encoding: base64"))
    )
    end = draw(st.sampled_from((b"\r\n--%b--\r\n" % boundary.encode(), b"", b"\r\n--")))
    times = draw(st.sampled_from((1, 1, 2, 1200)))
    weapon.body = (
        b"\r\n".join([part + charset + b"\r\n\r\n" + text] * times)[:500_000] + end,
        f"multipart/form-data; boundary={boundary}",
    )


JSONS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.sampled_from(CRAFTED)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)),
    max_leaves=8,
)


def _json(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    text = json.dumps(draw(JSONS))
    if draw(st.booleans()):
        weapon.body = (text.encode(), "application/json")
    else:
        weapon.fields = dict.fromkeys(("credential", "state", "people", "sealed"), text)


def _encoding(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    rubbish = draw(st.binary(max_size=80))
    charset = draw(st.sampled_from(("utf-8", "utf-16", "utf-7", "latin-1", "idna", "zq", "")))
    body = draw(
        st.sampled_from((rubbish, b"title=" + rubbish, b"a=%ff%fe&title=%c0%80&=&&;&%=%", b"%00=%00", b"q=%ed%a0%80"))
    )
    weapon.body = (body, f"application/x-www-form-urlencoded; charset={charset}")
    weapon.path += ("&" if "?" in weapon.path else "?") + "q=%ff%fe%ed%a0%80&page=%c0%80&%ff=%"


def _method(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    weapon.method = draw(st.sampled_from(METHODS))


def _size(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    name, letter = draw(st.sampled_from(own_names(weapon))), draw(st.sampled_from(("x", "9", " ", "%", "é", "\n", "[")))
    sizes = (81, 121, 129, 256, 1001, 5001, 70_000, 520_000, 1_050_000)
    shape = draw(st.sampled_from(("field", "field", "many", "query")))
    size = draw(st.sampled_from(sizes))
    if shape == "many":
        weapon.body = (
            b"&".join(f"{name}={n}".encode() for n in range(min(size, 20_000))),
            "application/x-www-form-urlencoded",
        )
    elif shape == "query":
        weapon.query = [(name, letter * min(size, 5001))]
    else:
        weapon.fields = {name: letter * size}


def _no_such_form(draw: Any, weapon: Weapon, ids: dict[str, str]) -> None:
    """Nothing of what the page would send, and something else."""
    pairs = draw(st.lists(st.tuples(st.sampled_from(FIELDS), TEXTS), max_size=6))
    weapon.body = (
        "&".join(f"{name}={quoted(text)}" for name, text in pairs).encode(),
        "application/x-www-form-urlencoded",
    )


# --- files


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
