"""``flask tidy``."""

import click
from flask import Flask

from app.privacy.leaving import carry_out, forget_the_outgrown
from app.upkeep.tidying import tidy


def init_app(app: Flask) -> None:
    """Add the command."""

    @app.cli.command("tidy")
    def tidy_command() -> None:
        """Remove spent links, old counters, ended sessions and the keys of old forms, accounts whose day has come, and people of whom no record is kept any longer. Once a day is enough."""
        for words, removed in tidy(app.config["REMEMBERED_LIMITS"][1]):
            click.echo(f"Removed {removed:,} {words}.")
        for said in (*carry_out(), *forget_the_outgrown()):
            click.echo(said)
