"""Before something that would hand the account over, its owner shows again who it is: an open browser is not enough."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, request, url_for
from flask_login import current_user

from app.clock import now
from app.web.pages import go

LASTS = timedelta(minutes=15)
View = TypeVar("View", bound=Callable[..., Any])


def is_confirmed() -> bool:
    """Whether the account at hand has shown in the last 15 minutes who it is; signing in counts."""
    return bool(now() - current_user.session.confirmed_at <= LASTS)


def confirmed_on(endpoint: str) -> Callable[[View], View]:
    """This view wants the password or the second factor to have been given in the last 15 minutes. A POST cannot be repeated from
    there: if its address has no page, ``endpoint`` is where its button stands.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if is_confirmed():
                return view(*args, **kwargs)
            addresses = current_app.create_url_adapter(request)
            has_page = addresses is not None and addresses.test(method="GET")
            wanted = request.full_path.rstrip("?") if has_page else url_for(endpoint)
            return go(url_for("identity.confirm", next=wanted))

        return guarded  # type: ignore[return-value]

    return mark


confirmed = confirmed_on("identity.factors")
