"""Open a file in the order in which it is safe to ask: contact, consent, person, household, work, threats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render

from amparo.desk.middleware import gate
from amparo.errors import AmparoError
from amparo.intake.field_form import Asked, groups
from amparo.report.catalogue import say
from amparo.study import opening
from amparo.study.accounts import drafts
from amparo.study.accounts.rules import DEFAULT, LAWYERS, MEMBERS
from amparo.study.care.rules import Purpose
from amparo.study.cases.partners import partners
from amparo.study.cases.said import Task
from amparo.study.cases.services import new_id
from amparo.study.context import now
from amparo.study.register.search import Hit, find

ORDER = ("contact", "consent", "person", "household", "work", "threats", "event", "interview")
ROWS = {"household": 2, "threats": 2}  # of a group that repeats, before anybody asks for more
MOST = 40
ALIKE = 5  # records shown
LONG = {"event_account", "threat_words", "interview_notes", "consent_words", "contact_neutral"}
DRAFT = "intake"


class Field(NamedTuple):
    """One question as the page asks it. `kind` is choice, long, day or text."""

    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...]
    value: str


class Opened(NamedTuple):
    """A file that was opened at this seat, and records that look alike."""

    case: str
    alike: tuple[Hit, ...]


class Section(NamedTuple):
    """One group of the form; of one that repeats, a row of fields for each turn."""

    number: int
    name: str
    title: str
    repeats: bool
    rows: tuple[tuple[Field, ...], ...]

    @property
    def help(self) -> str:
        """The code of what is to be borne in mind here."""
        return f"protection.help_{self.name}"

    @property
    def one(self) -> str:
        """The code of what one turn of it is called."""
        return f"protection.one_{self.name}"


def new(request: Any) -> HttpResponse:
    """The form, or with what was told the file."""
    study = request.seat.study
    if request.method == "GET":
        return _form(request, drafts.kept(study, DRAFT))
    typed = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    if typed.get("more") in ROWS:
        return _form(request, typed, more=typed["more"])
    try:
        with gate().writing():
            file = opening.open_file(study, _asked(request, typed), list(_tasks(request, typed)))
            drafts.drop(study, DRAFT)
            alike = _alike(study, typed, file.record)
    except AmparoError as error:
        return _form(request, typed, code=error.code, facts=error.facts, status=400)
    request.seat.kept["opened"] = Opened(file.case, alike)
    return redirect("case-risk", case=file.case)


def _alike(study: Any, typed: Mapping[str, str], record: str) -> tuple[Hit, ...]:
    """Records with such a name among those that the person at work may open, and none besides."""
    name = " ".join(typed.get(part, "") for part in ("person_given", "person_surname", "person_surname_2"))
    if not name.strip():
        return ()
    found = find(study, name, Purpose("case"), gate().shared.index(study))
    return tuple(hit for hit in found.hits if hit.record != record)[:ALIKE]


def _form(request: Any, typed: Mapping[str, str], more: str = "", **said: Any) -> HttpResponse:
    study, lang = request.seat.study, request.language
    places = [name for name in study.keys.compartments if name not in (*MEMBERS, LAWYERS)]
    told = {
        "sections": list(_sections(typed, lang, more)),
        "partners": [(each, typed.get(f"partner-{each.id}", "")) for each in partners(study).values()],
        "places": places,
        "place": typed.get("compartment", DEFAULT),
        "kept": bool(typed) and not more,
    }
    return render(request, "protection/intake.html", told | said, status=said.pop("status", 200))


def _sections(typed: Mapping[str, str], lang: str, more: str) -> Iterator[Section]:
    for number, name in enumerate(ORDER, 1):
        group = groups()[name]
        turns = _turns(typed, name) + (name == more) if group.repeats else 1
        rows = tuple(
            tuple(
                _field(asked, f"{name}-{turn}-{asked.name}" if group.repeats else asked.name, typed, lang)
                for asked in group.questions
                if asked.kind != "file"
            )
            for turn in range(turns)
        )
        yield Section(number, name, group.es if lang == "es" else group.en, group.repeats, rows)


def _field(asked: Asked, name: str, typed: Mapping[str, str], lang: str) -> Field:
    kind = {"select_one": "choice", "date": "day"}.get(asked.kind, "long" if asked.name in LONG else "text")
    choices = tuple((code, es if lang == "es" else en) for code, es, en in asked.choices)
    return Field(name, asked.es if lang == "es" else asked.en, kind, choices, typed.get(name, ""))


def _turns(typed: Mapping[str, str], name: str) -> int:
    """How many rows the page shows: as many as it had."""
    numbers = [int(part[1]) for key in typed if (part := key.split("-"))[0] == name and part[1].isdecimal()]
    return min(max([ROWS[name], *(number + 1 for number in numbers)]), MOST)


def _asked(request: Any, typed: Mapping[str, str]) -> opening.Asked:
    answers = {name: value.strip() for name, value in typed.items() if "-" not in name}
    turns: dict[str, list[dict[str, str]]] = {}
    for name in ROWS:
        turns[name] = [
            {
                asked.name: typed.get(f"{name}-{turn}-{asked.name}", "").strip()
                for asked in groups()[name].questions
            }
            for turn in range(_turns(typed, name))
        ]
    return opening.Asked(
        answers,
        turns["household"],
        turns["threats"],
        {
            name.removeprefix("partner-"): value
            for name, value in typed.items()
            if name.startswith("partner-") and value
        },
        request.language,
        typed.get("compartment") or DEFAULT,
        say(request.language, "protection.source"),
    )


def _tasks(request: Any, typed: Mapping[str, str]) -> Iterator[Task]:
    """What comes first in a file: the risk, a consent that is missing, the next contact."""
    today = now().date().isoformat()
    wanted = ["risk", "contact"] if typed.get("consent_case") else ["risk", "consent", "contact"]
    for name in wanted:
        words = say(request.language, f"protection.task_{name}")
        yield Task(new_id(f"task-{name}"), words, today, request.seat.study.user.handle)
