"""HTTP manners with no domain in them."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import Config
from app.extensions import csrf
from app.web import assets, errors, formats, headers, health, input, limits, logs, own_writes, pieces, uploads


def init_app(app: Flask, config: Config) -> None:
    """Fit the manners onto the app."""
    logs.init_app(app, config)
    own_writes.init_app(app, config)
    headers.init_app(app, config)
    errors.init_app(app)
    uploads.init_app(app)
    limits.init_app(app, config)
    input.init_app(app)
    assets.init_app(app)
    formats.init_app(app)
    pieces.init_app(app)
    # Looks into the form, so what is no form is refused first.
    csrf.init_app(app)
    app.register_blueprint(health.bp)
    if config.proxy_hops:
        hops = config.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
