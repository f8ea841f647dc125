"""The Django site: its settings, routes and the server that answers on loopback."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from amparo.desk.gate import Gate
from amparo.study import store
from amparo.vault import machine

HERE = Path(__file__).parent
ARENAS = 2  # of memory, for all threads: one for each thread would keep what a large list leaves in it
STUDY = "AMPARO_DESK_STUDY"  # tells the serving process where the study lies
# One task a folder; each brings `urls.py` and its templates.
TASKS = ("begin", "signin", "home", "people", "register", "matching", "reading", "cases", "protection")
_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}


def settings(gate: Gate, secret: str) -> dict[str, Any]:
    """Django's settings of a desk behind this gate. `secret` signs forms only."""
    return {
        "AMPARO_GATE": gate,
        "SECRET_KEY": secret,
        "ROOT_URLCONF": "amparo.desk.urls",
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost"],
        "MIDDLEWARE": [
            "csp.middleware.CSPMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
            "amparo.desk.middleware.Doorkeeper",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [HERE / "templates", *(HERE / task / "templates" for task in TASKS)],
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "amparo.desk.words.spoken",
                    ],
                    "libraries": {"words": "amparo.desk.words"},
                    "builtins": ["amparo.desk.words"],
                },
            }
        ],
        "STATIC_URL": "/static/",
        "WHITENOISE_ROOT": None,
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        "STATICFILES_DIRS": [HERE / "static"],
        "CONTENT_SECURITY_POLICY": {"DIRECTIVES": _POLICY},
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "CSRF_FAILURE_VIEW": "amparo.desk.signin.views.forgery",
        "X_FRAME_OPTIONS": "DENY",
        "FILE_UPLOAD_HANDLERS": ["django.core.files.uploadhandler.MemoryFileUploadHandler"],
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 256 << 20,
        "FILE_UPLOAD_MAX_MEMORY_SIZE": 256 << 20,
        "USE_I18N": False,
    }


def configure(path: Path, secret: str) -> Gate:
    """Set Django up for a desk before the study at `path`; gives its gate."""
    gate = Gate(path)
    # Nothing is logged: a line could hold what was typed into an address.
    logging.getLogger("django").addHandler(logging.NullHandler())
    logging.getLogger("django").propagate = False
    store.configure(apps=("django.contrib.staticfiles", "django_htmx", "csp"), **settings(gate, secret))
    return gate


def application() -> Callable[..., Any]:
    """The WSGI application of the study that the environment names."""
    import secrets  # noqa: PLC0415

    machine.share_arenas(ARENAS)
    configure(Path(os.environ[STUDY]), secrets.token_urlsafe(48))
    from django.core.handlers.wsgi import WSGIHandler  # noqa: PLC0415  (importable only once settings stand)

    return WSGIHandler()
