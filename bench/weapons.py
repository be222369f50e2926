"""What hostile visitors send: texts, files, headers and bodies, drawn by hypothesis. ``siege.py`` sends them."""

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from bench.hostile_files import CONTENTS, NAMES
from bench.hostile_texts import COOKIES, CRAFTED, FIELDS, HEADER_VALUES, HEADERS, METHODS, TEXTS
from tests.routes.forms import FORMS
from tests.routes.planting import quoted
from tests.routes.table import Row, names_in
from tests.routes.world import WHO

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
