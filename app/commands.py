"""What every ``flask`` command here says when there is no database, or not yet the one that it was written for."""

from typing import Any

import click
from psycopg2.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import OperationalError, ProgrammingError


class Command(click.Command):
    """Where the database is the matter a sentence says what to do, and no traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        for parameter in self.get_params(ctx):
            value = ctx.params.get(parameter.name or "")
            # Bytes that are no text arrive as halves of surrogate pairs, which neither a database nor a terminal takes.
            if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
                raise click.BadParameter("it is not UTF-8.", ctx=ctx, param=parameter)
        try:
            return super().invoke(ctx)
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None):  # there was a server to give one
                raise
            reason = str(error.orig).strip().partition("\n")[0].rstrip(".")
            raise click.ClickException(
                f"The database cannot be reached ({reason}). Is it running, and are DATABASE_URL or POSTGRES_SERVER and its"
                " companions right?"
            ) from None
        except ProgrammingError as error:
            if not isinstance(error.orig, UndefinedTable | UndefinedColumn):
                raise
            raise click.ClickException("The database lacks tables of this release. Run: flask db upgrade") from None
