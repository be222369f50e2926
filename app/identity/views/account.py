"""One's own account."""

from flask import Response

from app.identity.permissions import Can
from app.identity.views import bp
from app.web.pages import page
from app.web.public import needs


@bp.get("/account")
@needs(Can.OWN_ACCOUNT)
def account() -> Response:
    """Who one is here."""
    return page("identity/account.html")
