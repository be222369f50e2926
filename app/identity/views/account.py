"""One's own account."""

from flask import Response

from app.identity.views import bp
from app.web.pages import page


@bp.get("/account")
def account() -> Response:
    """Who one is here."""
    return page("identity/account.html")
