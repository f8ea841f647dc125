"""Show kept pages in the browser of this machine: from memory, over loopback, to who holds the address."""

from __future__ import annotations

import secrets
import webbrowser
from collections.abc import Callable, Mapping
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from socketserver import TCPServer

from amparo.report.catalogue import languages, say
from amparo.report.page import style

_TYPES = {".html": "text/html; charset=utf-8", ".pdf": "application/pdf"}

# A page narrows its style down to one hash itself: a kept page may be older than this program. The viewers of
# browsers show no PDF under such a policy.
_POLICY = {
    _TYPES[".html"]: "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
}


class Server(ThreadingHTTPServer):
    """A server of a few pages on 127.0.0.1 at a random port, under a random path.

    The path keeps other users and programs of the machine out; the Host check keeps out a web site whose name
    was pointed at this address. Nothing is written and nothing is logged.
    """

    daemon_threads = True

    def __init__(self, pages: Mapping[str, bytes], lang: str) -> None:
        """Take the pages by name (`es.html`, `es.pdf` …); `lang` is the language of the index."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host = f"127.0.0.1:{self.server_port}"
        self.root = f"/{secrets.token_urlsafe(32)}/"
        self.pages = {
            self.root + name: (_TYPES[PurePosixPath(name).suffix], content) for name, content in pages.items()
        }
        self.pages[self.root] = (_TYPES[".html"], _index(pages, lang).encode())

    def server_bind(self) -> None:
        """Bind without asking any resolver for the name of this machine."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing where a browser leaves early."""

    def address(self, name: str = "") -> str:
        """The full address of a page, or of the index."""
        return f"http://{self.host}{self.root}{name}"


class _Handler(BaseHTTPRequestHandler):
    server_version = "amparo"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Answer with a page of this server and nothing else."""
        if not isinstance(self.server, Server):
            raise TypeError(type(self.server))
        if self.headers.get("Host") != self.server.host:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"")
        elif page := self.server.pages.get(self.path):
            self._answer(HTTPStatus.OK, *page)
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"")

    def _answer(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Content-Security-Policy": _POLICY.get(kind, "frame-ancestors 'none'"),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        """Keep no log: the path is the key to the pages."""


def _index(pages: Mapping[str, bytes], lang: str) -> str:
    links = []
    for own in languages():
        for suffix in _TYPES:
            if (name := own + suffix) in pages:
                kind = say(own, f"report.index_{suffix[1:]}")
                text = f"{say(own, f'language.{own}')} – {kind}"
                links.append(f'<li lang="{own}"><a href="{name}">{escape(text)}</a></li>')
    title = escape(say(lang, "report.index"))
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style()}</style></head>'
        f'<body><main><p class="kind">Amparo</p><h1>{title}</h1><ul>{"".join(links)}</ul></main></body>'
        "</html>\n"
    )


def serve(pages: Mapping[str, bytes], lang: str, *, browser: bool, ready: Callable[[str], None]) -> None:
    """Serve the pages until Ctrl-C; `ready` is told the address of their index once.

    `pages` maps names such as `es.html` and `es.pdf` to their bytes; `lang` is the language of the index.
    """
    with Server(pages, lang) as server:
        ready(server.address())
        if browser:
            webbrowser.open(server.address())
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
