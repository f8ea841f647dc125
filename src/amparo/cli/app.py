"""From the words typed to a verb, and from an error to one sentence and an exit code."""

from __future__ import annotations

import inspect
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import cyclopts

from amparo import __version__
from amparo.cli import (
    bench,
    care,
    cases,
    claims,
    clocks,
    demo,
    desk,
    figures,
    keys,
    log,
    people,
    reading,
    review,
    safekeeping,
    selftest,
    verbs,
)
from amparo.cli.help import Help
from amparo.cli.terminal import Terminal
from amparo.errors import AmparoError, Refusal
from amparo.report.catalogue import languages, pick_language, say, sentences

# What the shell is told; the guide explains each.
DONE, INTERNAL, USAGE, INPUT, REFUSED, CLOSED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

VERBS: dict[str, Callable[..., None]] = {
    "new": verbs.new,
    "read": reading.read,
    "form": reading.form,
    "link": verbs.link,
    "judge": review.judge,
    "review": review.review,
    "explain": review.explain,
    "count": verbs.count,
    "report": verbs.report,
    "show": verbs.show,
    "desk": desk.desk,
    "verify": verbs.verify,
    "claims": claims.claims,
    "why": claims.why,
    "table": claims.table,
    "figures": figures.figures,
    "export": claims.export,
    "codes": claims.codes,
    "find": care.find,
    "open": care.open_record,
    "consent": care.consent,
    "retain": care.retain,
    "hold": care.hold,
    "lift": care.lift,
    "due": care.due,
    "cases": cases.cases,
    "erase": care.erase,
    "held": care.held,
    "recover": keys.recover,
    "travel": keys.travel,
    "lock": keys.lock,
    "backup": safekeeping.backup,
    "restore": safekeeping.restore,
    "drill": safekeeping.drill,
    "doctor": log.doctor,
    "demo": demo.demo,
}
# Verbs under a word of their own: `amparo user add`.
GROUPS: dict[str, dict[str, Callable[..., None]]] = {
    "claim": {
        "add": claims.add,
        "withdraw": claims.withdraw,
        "prefer": claims.prefer,
        "verify": claims.verify,
    },
    "user": {
        "list": people.users,
        "add": people.add_user,
        "roles": people.roles,
        "remove": people.remove_user,
    },
    "compartment": {"list": people.compartments, "add": people.add_compartment},
    "member": {"add": people.add_member, "remove": people.remove_member},
    "key": {
        "list": keys.listing,
        "passphrase": keys.passphrase,
        "recovery": keys.recovery,
        "add": keys.add,
        "remove": keys.remove,
        "rotate": keys.rotate,
    },
    "recipient": {
        "list": safekeeping.recipients,
        "add": safekeeping.add_recipient,
        "remove": safekeeping.remove_recipient,
    },
    "audit": {"verify": log.verify, "show": log.show, "head": log.head},
    "clock": {"list": clocks.listing, "show": clocks.show, "compute": clocks.compute},
    "selftest": {"security": selftest.security},
    "bench": {
        "linkage": bench.linkage,
        "names": bench.names,
        "estimation": bench.estimation,
        "strata": bench.strata,
        "replication": bench.replication,
        "coverage": bench.coverage,
        "demo": bench.demo,
        "scale": bench.scale,
        "arrivals": bench.arrivals,
        "search": bench.search,
        "desk": bench.desk,
        "desk-kills": bench.desk_kills,
        "claims": bench.claims,
        "cases": bench.cases,
        "kills": bench.kills,
        "faults": bench.faults,
        "disclosure": bench.disclosure,
        "backup": bench.backup,
        "audit": bench.audit,
        "files": bench.files,
        "hostile": bench.hostile,
        "articles": bench.articles,
    },
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; gives the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    language, words = _language(words)
    user, words = _user(words)
    terminal = Terminal(language, user)
    interrupts: list[int] = []
    try:
        with _noting(interrupts):
            _application(terminal)(words, exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        terminal.fail(_usage(language, error))
        return USAGE
    except AmparoError as error:
        terminal.fail(say(language, error.code, **error.facts))
        return _exit_code(error)
    except KeyboardInterrupt:
        terminal.fail(say(language, "cli.interrupted"))
        return INTERRUPTED
    except Exception as error:
        if interrupts:
            terminal.fail(say(language, "cli.interrupted"))
            return INTERRUPTED
        terminal.fail(say(language, "cli.internal", where=_where(error)))
        return INTERNAL
    return REFUSED if terminal.refused else DONE


@contextmanager
def _noting(interrupts: list[int]) -> Generator[None]:
    """Note each Ctrl-C: foreign code that one stops may tell of it as an error of its own."""

    def note(number: int, frame: FrameType | None) -> None:
        interrupts.append(number)
        signal.default_int_handler(number, frame)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _exit_code(error: AmparoError) -> int:
    if isinstance(error, Refusal):
        return REFUSED
    return CLOSED if error.code.startswith(("vault.", "study.")) else INPUT


def _language(words: list[str]) -> tuple[str, list[str]]:
    """The language asked for with `--lang`, else the environment's; and the words without it."""
    chosen, rest = _option(words, "--lang")
    return (chosen if chosen in languages() else pick_language(os.environ)), rest


def _user(words: list[str]) -> tuple[str, list[str]]:
    """Who works, from `--user` or AMPARO_USER, else nobody in particular; and the words without it."""
    chosen, rest = _option(words, "--user")
    return chosen or os.environ.get("AMPARO_USER", ""), rest


def _option(words: list[str], name: str) -> tuple[str | None, list[str]]:
    """The value of an option that any verb takes, wherever it stands; and the words without it."""
    for index, word in enumerate(words):
        if word == name and words[index + 1 : index + 2]:
            return words[index + 1], words[:index] + words[index + 2 :]
        if word.startswith(f"{name}="):
            return word.partition("=")[2], words[:index] + words[index + 1 :]
    return None, words


def _application(terminal: Terminal) -> cyclopts.App:
    words = partial(say, terminal.language)
    shaped = partial(
        cyclopts.App,
        group_commands=words("help.commands"),
        group_parameters=words("help.parameters"),
        group_arguments=words("help.arguments"),
        default_parameter=cyclopts.Parameter(show_default=False, negative=()),
        help_formatter=Help(terminal.language),
        suppress_keyboard_interrupt=False,
        result_action="return_none",
    )
    app = shaped(
        name="amparo",
        help=words("help.amparo"),
        version=__version__,
        help_flags=["--help", "-h"],
        version_flags=["--version"],
    )
    app["--help"].help = words("help.help")
    app["--version"].help = words("help.version")
    for name, verb in VERBS.items():
        app.command(_described(verb, name, terminal), name=name)
    for group, table in GROUPS.items():
        app.command(branch := shaped(name=group, help=words(f"help.{group}")))
        for name, verb in table.items():
            branch.command(_described(verb, f"{group}.{name}", terminal), name=name)
    return app


def _described(verb: Callable[..., None], name: str, terminal: Terminal) -> Callable[..., None]:
    """The verb bound to the terminal, with its help in the user's language as its docstring."""
    bound = partial(verb, terminal)
    signature = inspect.signature(bound, eval_str=True)
    lines = [say(terminal.language, f"help.{name}"), "", "Parameters", "----------"]
    for parameter in signature.parameters:
        lines += [parameter, f"    {_parameter(terminal.language, name, parameter)}"]

    def described(*args: Any, **kwargs: Any) -> None:
        bound(*args, **kwargs)

    places = [
        parameter.replace(kind=parameter.POSITIONAL_ONLY)
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        else parameter
        for parameter in signature.parameters.values()
    ]
    described.__doc__ = "\n".join(lines)
    described.__signature__ = signature.replace(parameters=places)  # ty: ignore[missing-attribute]
    described.__annotations__ = {place.name: place.annotation for place in places}
    return described


def _parameter(language: str, verb: str, parameter: str) -> str:
    """What a parameter of a verb means; most verbs mean the same by the same word."""
    own = f"help.{verb}.{parameter}"
    return say(language, own if own in sentences(language) else f"parameter.{parameter}")


def _usage(language: str, error: cyclopts.CycloptsError) -> str:
    """What is wrong with the words typed; never the value of an option."""
    about = getattr(error, "argument", None)
    argument = about.name if about else ""
    if isinstance(error, cyclopts.MissingArgumentError):
        return say(language, "cli.missing_word", word=argument)
    token = getattr(error, "token", None)
    unused = " ".join(getattr(error, "unused_tokens", None) or [])
    words = argument or (token and (token.keyword or token.value)) or unused
    return say(language, "cli.usage", words=words or type(error).__name__)


def _where(error: BaseException) -> str:
    """File and line of the innermost frame of ours, and the error's kind: no values."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "amparo" in frame.filename]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} {place}"
