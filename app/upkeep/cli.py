"""``flask tidy`` and ``flask purge-health``."""

import click
from flask import Flask

from app.clock import now
from app.privacy.leaving import carry_out, forget_the_outgrown
from app.upkeep.purging import purge
from app.upkeep.tidying import put_right, tidy


def init_app(app: Flask) -> None:
    """Add the command."""

    @app.cli.command("purge-health")
    @click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
    def purge_health_command(dry_run: bool) -> None:
        """Remove what was said about health for outings that ended HEALTH_KEEP_DAYS ago or longer. Once a day is enough."""
        kept = app.config["HEALTH_KEEP"]
        removed = purge(kept, dry=dry_run)
        for said in removed.sentences(now() - kept, dry=dry_run):
            click.echo(said)

    @app.cli.command("tidy")
    def tidy_command() -> None:
        """Remove spent links, old counters, ended sessions and the keys of old forms, accounts whose day has come, and people of whom no record is kept any longer. Once a day is enough."""
        for words, removed in tidy(app.config["REMEMBERED_LIMITS"][1]):
            click.echo(f"Removed {removed:,} {words}.")
        if found := put_right():
            click.echo(f"Made anew what {found:,} members are found by.")
        for said in (*carry_out(), *forget_the_outgrown()):
            click.echo(said)
