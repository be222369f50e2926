"""How autogenerate writes down what is our own."""

from typing import Any, Literal

from sqlalchemy import TypeDecorator


def render_item(kind: str, item: Any, context: Any) -> str | Literal[False]:
    """A type of the application as the type that its column has in the database.

    A revision must read the same in five years: it never imports ``app``, which will have changed by then.
    """
    if kind == "type" and isinstance(item, TypeDecorator) and type(item).__module__.split(".")[0] == "app":
        plain = item.impl
        module = type(plain).__module__
        if module.startswith("sqlalchemy.dialects.postgresql"):
            context.imports.add("from sqlalchemy.dialects import postgresql")
            return f"postgresql.{plain!r}"
        return f"sa.{plain!r}"
    return False
