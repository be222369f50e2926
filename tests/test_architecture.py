"""The house stands as it was drawn: which way imports point, how long things are, and what templates may not hold."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from markupsafe import escape

from app.config import ROOT
from app.web.pieces import joined

APP = ROOT / "app"
FILES = sorted(APP.rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# A room may import those before it, never one that comes after.
ROOMS = (
    "mail",
    "identity",
    "audit",
    "units",
    "families",
    "members",
    "policies",
    "outings",
    "signups",
    "roster",
    "duplicates",
    "admin",
    "privacy",
    "demo",
)
# What every room stands on; it knows none of them.
GROUND = {
    "config",
    "csrf",
    "env",
    "driver",
    "addresses",
    "commands",
    "extensions",
    "reading",
    "clock",
    "errors",
    "web",
    "request_id",
    "writing",
    "mail",
    "telemetry",
    "pool",
    "replica",
}
# The whole house in view: it is made of all rooms.
ROOFS = {"__init__", "house", "doctor", "upkeep"}
WITHOUT_FLASK = {"rules", "queries", "models", "policies"}
WEB_LIBRARIES = {"flask", "flask_login", "flask_wtf", "wtforms", "werkzeug"}
LONGEST_FILE, LONGEST_VIEW = 300, 25
# A view may look a row up by a key that its form was just saved under; everything else goes through access.py.
LOOKED_UP_IN_VIEWS = {"Submission"}


def each(paths: Sequence[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """One test of all these files, which names every one that is not as it should be."""

    def of_all(test: Callable[[Path], None]) -> Callable[[], None]:
        def test_of_all() -> None:
            wrong = []
            for path in paths:
                try:
                    test(path)
                except AssertionError as error:
                    wrong.append(f"{name_of(path)}: {error}")
            assert paths
            assert not wrong, "\n".join(wrong)

        test_of_all.__doc__ = test.__doc__
        return test_of_all

    return of_all


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parts_of(path: Path) -> tuple[str, ...]:
    """``app/signups/rules/book.py`` is ("signups", "rules", "book")."""
    return path.relative_to(APP).with_suffix("").parts


@cache
def tree_of(path: Path) -> ast.Module:
    """The file as Python reads it."""
    return ast.parse(path.read_text())


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """Everything in it."""
    return list(ast.walk(tree_of(path)))


@cache
def imports_of(path: Path) -> list[str]:
    """What a file imports, wherever in it, as dotted names; ``from app import audit`` gives ``app.audit``."""
    found = []
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(path)} imports by dots; write the whole name"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def rooms_in(path: Path) -> set[str]:
    """The parts of ``app`` that a file imports."""
    return {dotted.split(".")[1] for dotted in imports_of(path) if dotted.startswith("app.")}


def functions_in(path: Path) -> Iterator[ast.FunctionDef]:
    """At the top of the file or of a class in it."""
    tree = tree_of(path)
    bodies = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    for body in bodies:
        yield from (node for node in body.body if isinstance(node, ast.FunctionDef))


def is_view_file(path: Path) -> bool:
    return "views" in parts_of(path)


def test_every_part_of_the_house_is_on_the_plan():
    parts = {parts_of(path)[0] for path in FILES}
    assert parts <= {*ROOMS, *GROUND, *ROOFS}, "a new room: say in ROOMS what it may import"


@each(FILES)
def test_imports_point_to_earlier_rooms(path):
    here = parts_of(path)[0]
    if here in ROOFS:
        return
    known = set() if here in GROUND else set(ROOMS[: ROOMS.index(here) + 1])
    assert rooms_in(path) <= known | GROUND


@each([path for path in FILES if WITHOUT_FLASK & set(parts_of(path))])
def test_the_domain_knows_no_web(path):
    libraries = {dotted.split(".")[0] for dotted in imports_of(path)} & WEB_LIBRARIES
    # An account is what Flask-Login calls a user; the mixin brings no request with it.
    assert libraries <= ({"flask_login"} if parts_of(path) == ("identity", "models", "accounts") else set())
    assert not any(dotted.startswith("app.") and ".views" in dotted for dotted in imports_of(path))


@each(FILES)
def test_in_a_room_arrows_point_down(path):
    parts = parts_of(path)
    own = f"app.{parts[0]}"
    if len(parts) < 2:
        return
    if parts[1] not in ("views", "__init__"):
        assert not any(dotted.startswith(f"{own}.views") for dotted in imports_of(path)), "only views know views"
    if parts[1] in (*WITHOUT_FLASK, "access"):
        assert not any(dotted.startswith(f"{own}.forms") for dotted in imports_of(path)), "the domain knows no form"
    if parts[1] == "models":
        others = {dotted for dotted in imports_of(path) if dotted.startswith(f"{own}.")}
        assert all(dotted.startswith(f"{own}.models") for dotted in others), "models know only models"
    if parts[1] == "queries":
        assert not any(dotted.startswith(f"{own}.rules") for dotted in imports_of(path)), "queries change nothing"


def test_the_environment_is_read_in_one_place():
    reads = {name_of(path) for path in FILES if re.search(r"os\.(environ|getenv)", path.read_text())}
    # The doctor must see what Config refuses, and Config keeps nothing of that.
    assert reads <= {"app/config.py", "app/doctor/settings.py"}


@each([path for path in FILES if is_view_file(path)])
def test_views_load_through_access(path):
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("db.session.get", "db.session.get_one"):
            assert ast.unparse(node.args[0]) in LOOKED_UP_IN_VIEWS
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "select",
            "db.session.execute",
            "db.session.query",
        ):
            raise AssertionError(f"line {node.lineno} asks the database; queries.py and access.py do")


@each([path for path in FILES if WITHOUT_FLASK & set(parts_of(path))])
def test_rules_never_commit(path):
    calls = [ast.unparse(node.func) for node in nodes_of(path) if isinstance(node, ast.Call)]
    assert "db.session.commit" not in calls


@each(FILES)
def test_files_are_short(path):
    # A file that is one room's subject in one piece may reach the line, not cross it.
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@each([path for path in FILES if is_view_file(path)])
def test_views_are_short(path):
    for function in functions_in(path):
        # The sentence that says what it does is not counted.
        body = function.body[1:] if ast.get_docstring(function) else function.body
        lines = (function.end_lineno or 0) - body[0].lineno + 1
        assert lines <= LONGEST_VIEW, f"{function.name} has {lines} lines"


@each(FILES)
def test_what_others_call_says_what_it_does(path):
    # What a Protocol asks of others has no body to explain.
    public = [
        function
        for function in functions_in(path)
        if not function.name.startswith("_") and ast.unparse(function.body) != "..."
    ]
    assert [function.name for function in public if not ast.get_docstring(function)] == []


@each(TEMPLATES)
def test_templates_hold_markup_only(path):
    text = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)
    forbidden = {
        "a style of its own": r"\sstyle\s*=|<style",
        "a script of its own": r"<script(?![^>]*\ssrc=)",
        "a handler": r"\son[a-z]+\s*=|hx-on",
        "an address that runs": r"javascript:",
        "text that is not escaped": r"\|\s*safe\b|autoescape\s+false|\bMarkup\(",
        "something from elsewhere": r"(src|href|action)=[\"'](https?:)?//",
    }
    found = [what for what, pattern in forbidden.items() if re.search(pattern, text, re.IGNORECASE)]
    assert found == []


def test_no_code_marks_text_as_safe():
    calls = re.compile(r"\bMarkup\(|render_template_string|\|safe")
    # The one exception takes nothing but what is marked already.
    assert [name_of(path) for path in FILES if calls.search(path.read_text())] == ["app/web/pieces.py"]
    with pytest.raises(TypeError):
        joined([escape("<b>"), "<b>"])
    assert joined([escape("<"), escape(">")]) == "&lt;&gt;"
