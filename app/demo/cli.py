"""``flask seed-demo``."""

import secrets
import time
from collections import Counter

import click
from flask import Flask
from sqlalchemy import text

from app.config import Config
from app.demo.bulk import Size, seed_bulk
from app.demo.seeding import is_empty, seed_demo
from app.errors import RuleBroken
from app.extensions import db
from app.identity.choosing import check_new


def init_app(app: Flask, config: Config) -> None:
    """Add the command."""

    @app.cli.command("seed-demo")
    @click.option("--if-empty", is_flag=True, help="Say nothing and do nothing when the database is in use.")
    @click.option("--unit-name", default="Troop 77", show_default=True)
    @click.option("--password", envvar="DEMO_PASSWORD", help="For all accounts; better in the environment.")
    @click.option("--units", type=click.IntRange(0, 5000), default=0, help="Further units, made in bulk.")
    @click.option("--families", type=click.IntRange(0, 200_000), default=0, help="Families in them, three people each.")
    @click.option("--outings", type=click.IntRange(0, 200_000), default=0, help="Outings of them.")
    @click.option("--participants", type=click.IntRange(0, 5_000_000), default=0, help="People on these outings.")
    def seed_demo_command(
        if_empty: bool, unit_name: str, password: str | None, units: int, families: int, outings: int, participants: int
    ) -> None:
        """Fill an empty database with a fictional troop, the same every time."""
        if config.is_production:
            raise click.ClickException("This makes accounts with a shared password, so it does not run in production.")
        if not is_empty():
            if if_empty:
                return
            raise click.ClickException("The database is in use; the demo goes into an empty one only.")
        chosen = password or secrets.token_urlsafe(9)
        began = time.perf_counter()
        try:
            check_new(chosen)
            size = Size(units, families, outings, participants)
            counted = seed_demo(chosen, unit_name)
            counted += seed_bulk(size, chosen) if size.is_wanted else Counter()
        except RuleBroken as refusal:
            raise click.ClickException(refusal.message) from None
        db.session.commit()
        # Without fresh figures the planner takes the tables for empty.
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        report(counted, time.perf_counter() - began)
        click.echo(
            "Leader: leader@demo.example   Parent: parent@demo.example   Families: parent001@demo.example upward"
        )
        if size.is_wanted:
            click.echo(
                "In bulk: leader1001@demo.example leads Troop 1001, parent1001@demo.example is a family of it, and so on."
            )
        click.echo("Password: the one given" if password else f"Password: {chosen} (shown this once)")


def report(counted: Counter[str], seconds: float) -> None:
    """What was made, and how long it took."""
    told = ", ".join(f"{number:,} {table.replace('_', ' ')}" for table, number in counted.most_common())
    click.echo(f"Made in {seconds:.1f} s: {told}.")
