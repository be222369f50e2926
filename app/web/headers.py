"""Security headers on every answer."""

from flask import Flask, Response, request
from flask_login import current_user

from app.config import Config

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Pages with a one-time link have a stricter one.
REFERRER = "Referrer-Policy"
OF_EVERY_PAGE = {name: value for name, value in HEADERS.items() if name != REFERRER}
TWO_YEARS = 2 * 365 * 24 * 3600  # seconds
ONE_YEAR = 365 * 24 * 3600  # seconds


def vary_by(response: Response, name: str) -> None:
    """Say that the answer hangs on a header of the request. ``response.vary`` would take all that is said there apart, and put it together
    again.
    """
    said = response.headers.get("Vary")
    if not said:
        response.headers["Vary"] = name
    elif name not in said.split(", "):
        response.headers["Vary"] = f"{said}, {name}"


def init_app(app: Flask, config: Config) -> None:
    """Set the headers after each request."""

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers.extend(OF_EVERY_PAGE)
        response.headers.setdefault(REFERRER, HEADERS[REFERRER])
        # Promised only where TLS is in use: on plain HTTP it means nothing, and in development it would stick.
        if config.is_production and request.is_secure:
            response.headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}; includeSubDomains"
        if request.endpoint == "static":
            # The address carries the content's hash (web/assets.py), so that it never changes its meaning.
            if "v" in request.args:
                response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
        # The account is asked for last: when the database is gone, nobody knows whose it is.
        elif "Cache-Control" not in response.headers or current_user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response
