"""``flask seed-admin``, ``flask reset-second-factor`` and ``flask free-address``."""

import click
from click.core import ParameterSource
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app.config import Config
from app.errors import RuleBroken
from app.extensions import db
from app.identity.rules.accounts import find_user
from app.identity.rules.email import free_address
from app.identity.rules.factors import reset_factors
from app.identity.rules.sessions import end_sessions
from app.identity.seeding import Seeded, seed_admin

SAID: list[ParameterSource | None] = [ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT]


def init_app(app: Flask, config: Config) -> None:
    """Add the commands."""

    @app.cli.command("reset-second-factor")
    @click.argument("login")
    def reset_second_factor(login: str) -> None:
        """Let an account (email or username) in by password alone, for a site admin who has lost phone and codes."""
        user = find_user(login)
        if user is None:
            raise click.ClickException(f"There is no account {login!r}.")
        reset_factors(user, by=None)
        end_sessions(user)
        db.session.commit()
        click.echo(f"{user.email} signs in without a second factor until a new one is set up.")

    @app.cli.command("free-address")
    @click.argument("email")
    def free_address_command(email: str) -> None:
        """Take an address from an account whose owner has never confirmed it, for somebody else whose mailbox it is."""
        user = find_user(email)
        if user is None or user.email_proved:
            raise click.ClickException(f"There is no account with the unconfirmed address {email!r}.")
        free_address(user)
        db.session.commit()
        click.echo(
            f"{email} is free. The account is {user.email} now; an admin of its unit can make a new link for it."
        )

    @app.cli.command("seed-admin")
    @click.option("--username", envvar="ADMIN_USERNAME", default="admin", show_default=True)
    @click.option("--email", envvar="ADMIN_EMAIL", default="admin@scouttrips.local", show_default=True)
    @click.option("--name", envvar="ADMIN_NAME", default="Site admin", show_default=True)
    @click.option("--password", envvar="ADMIN_PASSWORD", help="Better in the environment than in the shell's history.")
    @click.option("--reset-password", is_flag=True, help="Set the password of an admin who is there already.")
    @click.pass_context
    def seed_admin_command(
        ctx: click.Context, username: str, email: str, name: str, password: str | None, reset_password: bool
    ) -> None:
        """Create the first site admin; does nothing when there is one."""

        def seed() -> Seeded:
            return seed_admin(
                username=username,
                email=email,
                name=name,
                password=password,
                production=config.is_production,
                reset=reset_password,
                meant=meant(ctx),
            )

        try:
            try:
                seeded = seed()
            except IntegrityError:  # another release made the account at the same moment, and has it by now
                db.session.rollback()
                seeded = seed()
        except RuleBroken as refusal:
            raise click.ClickException(refusal.message) from None
        db.session.commit()
        who = f"{seeded.user.username or seeded.user.name} <{seeded.user.email}>"
        if seeded.created or reset_password:
            click.echo(f"Site admin {who} is ready.")
        elif seeded.promoted:
            click.echo(f"{who} was there already and is a site admin now; nothing else was changed.")
        else:
            click.echo(f"Site admin {who} is there already; nothing was changed.")
        if seeded.password:
            click.echo(f"Password: {seeded.password} (shown this once; it must be changed at the first sign-in)")


def meant(ctx: click.Context) -> str | None:
    """Whichever of name and email somebody has said more plainly: on the command line, or else in the environment."""
    username, email = (SAID.index(ctx.get_parameter_source(name)) for name in ("username", "email"))
    return None if username == email else "username" if username < email else "email"
