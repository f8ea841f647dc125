"""An office in one study: somebody in each role, two compartments, and a browser that talks WSGI to the desk.

Everybody who may hold it has the key of `OWN`; the founder alone holds that of `OTHER`. `PLANTED` says what
lies in both, so that a test can ask for a thing of one's own, for one that is hidden, and for one of nobody.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from amparo.cli.checkout import load
from amparo.desk import site
from amparo.desk.gate import Gate
from amparo.study.accounts import rules
from amparo.vault.slots import Passphrase

if TYPE_CHECKING:
    from amparo.study.context import Study

Server = load("benchmarks", "serving").Server  # `amparo desk` as a process of its own

OWN, OTHER = rules.DEFAULT, "equipo-b"
PLACES = ("own", "other", "missing")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CHANGING = re.compile(r'csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken": "[^"]+"')
ADDRESS = "http://localhost"


class Reply(NamedTuple):
    """What the desk answered, without what differs each time."""

    status: int
    text: str
    headers: dict[str, str]


class Desk:
    """The WSGI application, called as a server calls it."""

    def __init__(self, application: Callable[..., Any], gate: Gate) -> None:
        self.application, self.gate = application, gate

    def browser(self, token: str = "") -> Browser:
        """A browser, with the cookie of a seat."""
        return Browser(self, token)


class Browser:
    """Cookies and a form token; it follows no redirect and runs no script."""

    def __init__(self, desk: Desk, seat: str) -> None:
        self.desk = desk
        self.cookies = {"amparo_seat": seat, "amparo_language": "en"}
        start = self.get("/signin")
        start = self.get(start.headers["Location"]) if start.status == 302 else start
        self._token = TOKEN.findall(start.text)[0]

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, b"", "", **headers)

    def post(self, path: str, fields: dict[str, Any] | None = None, **headers: str) -> Reply:
        told = {"csrfmiddlewaretoken": self._token, **(fields or {})}
        body = urlencode(told, doseq=True).encode()
        return self.call("POST", path, body, "application/x-www-form-urlencoded", **headers)

    def upload(self, path: str, name: str, content: bytes, fields: dict[str, str] | None = None) -> Reply:
        told = {"csrfmiddlewaretoken": self._token, **(fields or {})}
        parts = [
            f'--frontera\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in told.items()
        ]
        parts += [f'--frontera\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n']
        body = "".join(parts).encode() + content + b"\r\n--frontera--\r\n"
        return self.call("POST", path, body, "multipart/form-data; boundary=frontera")

    def call(self, method: str, path: str, body: bytes = b"", kind: str = "", **headers: str) -> Reply:
        """One request; header names are written with underscores."""
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value),
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        told: list[Any] = []
        answer = self.desk.application(environ, lambda status, sent: told.extend((status, sent)))
        text = b"".join(answer).decode()
        answer.close()
        for name, value in told[1]:
            if name == "Set-Cookie":
                self.cookies |= {key: morsel.value for key, morsel in SimpleCookie(value).items()}
        return Reply(int(told[0][:3]), CHANGING.sub("", text) if method == "POST" else text, dict(told[1]))


@contextmanager
def served(path: Path) -> Generator[Desk]:
    """The desk before a study, in this process, for as long as the block lasts."""
    from django.conf import settings

    settings.SECRET_KEY = "synthetic secret of a test"  # Django's test tools load only with one
    from django.core.handlers.wsgi import WSGIHandler
    from django.test.utils import override_settings
    from django.urls import clear_url_caches

    gate = Gate(path)
    apps = [*settings.INSTALLED_APPS, "django.contrib.staticfiles", "django_htmx", "csp"]
    with override_settings(INSTALLED_APPS=apps, **site.settings(gate, settings.SECRET_KEY)):
        clear_url_caches()
        try:
            yield Desk(WSGIHandler(), gate)
        finally:
            gate.close()
    clear_url_caches()


def passphrase(handle: str) -> str:
    """What somebody of the office signs in with."""
    return f"otra frase {handle} muy larga"


def staff(founder: Study) -> None:
    """Somebody in each role, named after it, with every key of `OWN` that the role may hold."""
    from amparo.study.accounts import compartments

    compartments.make(founder, OTHER)
    for role in rules.ROLES:
        mine = [place for place in (OWN, rules.MATCHING, rules.COUNTING) if rules.may_hold(place, [role])]
        compartments.welcome(founder, role, [role], passphrase(role), mine)


def sign_in(desk: Desk, handle: str) -> Browser:
    """Somebody of the office, signed in."""
    return desk.browser(desk.gate.sign_in(Passphrase(passphrase(handle), handle)))


def people(compartment: str) -> tuple[str, str]:
    """Two made-up names that stand in this compartment and nowhere else."""
    return ("Nadie Visible Inventado", "Otra Visible Inventada") if compartment == OWN else (
        "Fulano Escondido Ficticio", "Zutana Escondida Ficticia")  # fmt: skip


def _record(study: Study, compartment: str) -> str:
    from amparo.study import receiving
    from amparo.study.register.rules import About, File

    first, second = people(compartment)
    rows = f"Nombre completo,Sexo,Fecha del hecho\n{first},M,2016-05-03\n{second},F,2017-06-14\n"
    about = About(source=f"lista-{compartment}", part="capture", compartment=compartment)
    receiving.read_list(study, File("lista.csv", rows.encode()), about)
    return f"lista-{compartment}.1.2"


def _file(study: Study, compartment: str) -> str:
    from amparo.intake import documents as readers
    from amparo.study import receiving
    from amparo.study.register.models import SourceFile
    from amparo.study.register.rules import About, File

    name = people(compartment)[0].replace(" ", " Nuevo ", 1)
    text = f"Synthetic news\n\nPolice officer {name}, 34, was killed on 3 May 2016 in Sonsonate.\n"
    file = File("press.txt", text.encode())
    about = About(source=f"prensa-{compartment}", part="none", compartment=compartment)
    receiving.keep(
        study, file, readers.read_whole(file.content, file.name, "article", readers.Given()), about
    )
    return str(SourceFile.objects.get(source__key=about.source).pk)


def _suggestion(study: Study, compartment: str) -> str:
    from amparo.study.claims.models import Suggestion

    del study
    return str(Suggestion.objects.filter(file__source__key=f"prensa-{compartment}").earliest("id").pk)


def _act(study: Study, compartment: str) -> str:
    from amparo.intake.passages import Oral
    from amparo.study.claims import services

    passage = Oral(words="lo mataron", told_by="vecina ficticia", told_to="owner", told="2016-05-04")
    said = {"victim": f"lista-{compartment}.1.2", "type": "killing", "date": "2016-05-03"}
    return services.claim(study, "act", said, passage).of


def _claim(study: Study, compartment: str) -> str:
    from amparo.study.claims.models import Claim

    del study
    return str(Claim.objects.filter(about=f"lista-{compartment}.1.2").earliest("id").pk)


def _person(study: Study, compartment: str) -> str:
    from amparo.study.linking.persons import seen
    from amparo.study.linking.services import link_study

    if compartment == OWN:
        link_study(study, seed=1)
    found = seen(study).filter(record_id=f"lista-{compartment}.1.2")
    return f"person-{found['person'][0]}"


def _case(study: Study, compartment: str) -> str:
    from amparo.study.cases.said import Member, Representation, Track
    from amparo.study.cases.services import open_case

    also = (
        Track("t-1", "relocation", ("m-1",), "considered", "2026-01-02"),
        Representation("r-1", "agreed", handle="lawyer", signed_on="2026-01-02"),
    )
    member = Member("m-1", people(compartment)[0], record=f"lista-{compartment}.1.2")
    return open_case(study, member, opened_on="2026-01-02", compartment=compartment, also=also)


# What lies in a compartment, in the order in which it is made: thing -> how to make it there, gives its id.
PLANTED: dict[str, Callable[[Study, str], str]] = {
    "record": _record,
    "file": _file,
    "suggestion": _suggestion,
    "act": _act,
    "claim": _claim,
    "person": _person,
    "case": _case,
    "name": lambda _, compartment: people(compartment)[0],
    "compartment": lambda _, compartment: compartment,
}
# Ids that are written as true ones are and name nothing.
MISSING = {
    "record": "lista-nadie.1.2",
    "file": "987654",
    "suggestion": "suggestion-000000000000",
    "act": "act-000000000000",
    "claim": "claim-000000000000",
    "person": "person-" + 24 * "0",
    "case": "C-000000",
    "name": "Perengana Desconocida Imaginaria",
    "compartment": "equipo-de-nadie",
}


class Planted(NamedTuple):
    """A study with the office and its things: own, other, missing -> thing -> id."""

    path: Path
    ids: dict[str, dict[str, str]]


def furnished(path: Path, founder: str) -> Planted:
    """Hire the office in the study at `path` and plant everything; `founder` is the founder's passphrase."""
    with served(path) as desk:
        token = desk.gate.sign_in(Passphrase(founder))
        staff(_study(desk, token))
        return Planted(path, plant(_study(desk, token)))


def _study(desk: Desk, token: str) -> Study:
    """The study as somebody holds it by now."""
    seat = desk.gate.seat(token)
    assert seat is not None
    return seat.study


def plant(founder: Study) -> dict[str, dict[str, str]]:
    """Make everything in both compartments; gives the ids: own, other, missing -> thing -> id."""
    made: dict[str, dict[str, str]] = {"own": {}, "other": {}}
    for thing, make in PLANTED.items():
        for place, compartment in (("own", OWN), ("other", OTHER)):
            made[place][thing] = make(founder, compartment)
    return made | {"missing": MISSING}
