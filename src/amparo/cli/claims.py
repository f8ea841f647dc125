"""`amparo claims`, `claim`, `why`, `table`: what sources say, value by value, each beside its sentence."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amparo.cli.care import answer_to, purpose_of
from amparo.cli.opening import Passphrase, opened_study
from amparo.cli.terminal import Terminal
from amparo.cli.verbs import write_files
from amparo.errors import AmparoError
from amparo.report.catalogue import day, say
from amparo.vocabulary.lists import lists, word
from amparo.vocabulary.model import field_of, model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amparo.intake.passages import Passage
    from amparo.study.claims.explaining import Explained, Line, Listed
    from amparo.study.claims.tables import Tabled
    from amparo.study.context import Study


def claims(
    terminal: Terminal,
    study: Path,
    *,
    source: str | None = None,
    accept: tuple[str, ...] = (),
    reject: tuple[str, ...] = (),
    edit: tuple[str, ...] = (),
    accept_safe: bool = False,
    purpose: str | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """What readers suggest, each value beside its sentence; accepted, edited or rejected one by one."""
    values = dict(map(_pair, edit))
    decided = bool(accept or reject or values or accept_safe)
    why = purpose_of(terminal, purpose)
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.claims import explaining, rules, services  # noqa: PLC0415

        if decided:
            chosen = [*accept, *values]
            if accept_safe:
                found = explaining.listing(opened, source, why)
                safe = [each for each in found if rules.is_safe(each.waiting.proposal, each.rivals)]
                chosen += [each.waiting.id for each in safe if each.waiting.id not in reject]
            if reject:
                services.reject(opened, reject)
            done = services.accept(opened, list(dict.fromkeys(chosen)), values) if chosen else None
            _tell(terminal, done, len(reject))
            return
        found = explaining.listing(opened, source, why)
        if not found:
            terminal.say("cli.claims_none")
        elif terminal.ask("cli.claims_begin", number=len(found)) is None:
            for each in found:
                _show(terminal, each)
        else:
            _go_through(terminal, opened, found)


def why(
    terminal: Terminal,
    study: Path,
    of: str,
    field: str | None = None,
    *,
    purpose: str | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Why a value is what it is: every claim on it, down to the file, row or character it stands in."""
    reason = purpose_of(terminal, purpose)
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.claims.explaining import explain  # noqa: PLC0415

        found = explain(opened, of, field, reason)
    for each in found:
        _explain(terminal, each)
    if not found:
        terminal.say("cli.why_nothing", of=of)


def table(
    terminal: Terminal,
    study: Path,
    *,
    by: tuple[str, ...] = ("year", "duty_status"),
    as_of: date | None = None,
    codebook: bool = False,
    passphrase_file: Passphrase = None,
) -> None:
    """Acts by place, time, duty status and more; what is not known has a row of its own."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.claims.tables import table as tabled  # noqa: PLC0415

        found = tabled(opened, by, as_of)
    _tabulate(terminal, found)
    if codebook:
        _codebook(terminal, found)


def export(
    terminal: Terminal,
    study: Path,
    *,
    format_: str,
    out: Path,
    to: str | None = None,
    by: tuple[str, ...] = ("year", "duty_status"),
    passphrase_file: Passphrase = None,
) -> None:
    """A work package in one of the field's formats, sealed to a member's age key and logged."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.claims.packing import pack  # noqa: PLC0415

        packed = pack(opened, format_, to, by)
    write_files(out.parent, {out.name: packed.content})
    terminal.say(
        "cli.packed" if packed.sealed else "cli.packed_plain", file=str(out), number=packed.number, to=to
    )
    if packed.kept_back:
        terminal.say("cli.packed_back", number=packed.kept_back)


def add(
    terminal: Terminal,
    study: Path,
    of: str,
    value: tuple[str, ...],
    *,
    quote: str | None = None,
    told_by: str | None = None,
    on: str | None = None,
    interpreter: str | None = None,
    column: str | None = None,
    certainty: str = "stated",
    says: str | None = None,
    restriction: str = "none",
    supersedes: tuple[str, ...] = (),
    reason: str = "",
    passphrase_file: Passphrase = None,
) -> None:
    """Claim values of a record or thing by hand, as somebody told them or as a column of its row says."""
    values = dict(map(_pair, value))
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.intake.passages import Oral  # noqa: PLC0415
        from amparo.study.claims import services  # noqa: PLC0415

        passage: Passage = (
            services.cell_of(opened, of, column)
            if column
            else Oral(
                words=quote or answer_to(terminal, "quote"),
                told_by=told_by or answer_to(terminal, "told-by"),
                told_to=opened.user.handle,
                told=on or answer_to(terminal, "on"),
                interpreter=interpreter,
            )
        )
        made = services.claim(
            opened,
            of,
            values,
            passage,
            certainty=certainty,
            asserted_by=says,
            restriction=restriction,
            supersedes=supersedes,
            reason=reason,
        )
    terminal.say("cli.claims_made", number=len(made.claims), of=made.of, claims=list(made.claims))


def withdraw(
    terminal: Terminal,
    study: Path,
    of: str,
    claim: str,
    *,
    reason: str | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Take back a claim or a ruling; taking back a withdrawal brings back what it ended."""
    words = reason or answer_to(terminal, "reason")
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.claims.services import withdraw as taken_back  # noqa: PLC0415

        ruling = taken_back(opened, of, claim, words)
    terminal.say("cli.claim_withdrawn", claim=claim, ruling=ruling)


def prefer(
    terminal: Terminal,
    study: Path,
    of: str,
    claim: str,
    *,
    reason: str | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Choose one of several claims on a field, with a reason; the others stay beside it."""
    words = reason or answer_to(terminal, "reason")
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.claims.services import prefer as chosen  # noqa: PLC0415

        ruling = chosen(opened, of, claim, words)
    terminal.say("cli.claim_preferred", claim=claim, ruling=ruling)


def verify(
    terminal: Terminal,
    study: Path,
    of: str,
    state: str,
    *,
    reason: str | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Say as the second person that an act is verified, disputed or rejected."""
    words = reason or answer_to(terminal, "reason")
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.claims.services import verify as verified  # noqa: PLC0415

        verified(opened, of, state, words)
    terminal.say("cli.claim_verified", of=of, state=word("verification", state, terminal.language))


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise AmparoError("cli.pair", value=text)
    return name, value


def _go_through(terminal: Terminal, study: Study, found: Sequence[Listed]) -> None:
    """Ask for each suggestion; what is said of one thing is kept together once all of it was asked."""
    from amparo.study.claims import services  # noqa: PLC0415

    accepted: list[str] = []
    rejected: list[str] = []
    values: dict[str, str] = {}

    def settle() -> None:
        if rejected:
            services.reject(study, rejected)
        done = services.accept(study, accepted, values) if accepted else None
        if accepted or rejected:
            _tell(terminal, done, len(rejected))
        accepted.clear()
        rejected.clear()
        values.clear()

    groups: dict[str, list[Listed]] = {}
    for each in found:
        groups.setdefault(each.waiting.of, []).append(each)
    for group in groups.values():
        for each in group:
            _show(terminal, each)
            key = (terminal.ask("cli.claims_key") or "s")[:1].lower()
            if key == "q":
                settle()
                return
            if key in ("e", "c"):
                value = terminal.ask("cli.claims_value")
                if value:
                    values[each.waiting.id] = value
                    accepted.append(each.waiting.id)
            elif key == "a":
                accepted.append(each.waiting.id)
            elif key == "r":
                rejected.append(each.waiting.id)
        settle()


def _tell(terminal: Terminal, done: Any, rejected: int) -> None:
    if done is not None:
        terminal.say("cli.claims_accepted", number=len(done.claims), records=len(done.records))
        for record in done.records:
            terminal.print(f"  {record}")
    if rejected:
        terminal.say("cli.claims_rejected", number=rejected)


def _show(terminal: Terminal, each: Listed) -> None:
    language, proposal = terminal.language, each.waiting.proposal
    kind = getattr(model()[proposal.kind], language)
    field = field_words(terminal, proposal.kind, proposal.field)
    value = value_words(terminal, proposal.kind, proposal.field, proposal.value)
    terminal.print(f"{kind} {each.waiting.of} · {field}: {value}", style="bold", hang=2)
    terminal.print(f"  {each.sentence}", hang=2)
    said = [each.origin.file_name, _passage(terminal, proposal.passage)]
    said.append(word("certainty", proposal.certainty, language))
    if proposal.asserted_by:
        said.append(say(language, "claims.says", who=proposal.asserted_by))
    if proposal.restriction != "none":
        said.append(word("restriction", proposal.restriction, language))
    said += [word("note", note, language) for note in proposal.notes]
    if each.rivals:
        shown = [value_words(terminal, proposal.kind, proposal.field, rival) for rival in each.rivals]
        said.append(say(language, "claims.rivals", values=shown))
    terminal.print(f"  {' · '.join(said)}", hang=2)
    terminal.print(f"  {each.waiting.id}")


def _explain(terminal: Terminal, each: Explained) -> None:
    language = terminal.language
    field = field_words(terminal, each.kind, each.field)
    if each.preferred is None:
        terminal.print(say(language, "cli.why_none", field=field), style="bold")
    else:
        value = value_words(terminal, each.kind, each.field, each.preferred.claim.said.value)
        terminal.print(f"{field}: {value}", style="bold", hang=2)
        reason = each.preferred.ruling.said.reason if each.preferred.ruling else ""
        by = each.preferred.ruling.by if each.preferred.ruling else ""
        terminal.print("  " + say(language, f"claims.why.{each.preferred.why}", reason=reason, by=by), hang=2)
    for line in each.lines:
        _line(terminal, each, line)


def _line(terminal: Terminal, each: Explained, line: Line) -> None:
    language, said = terminal.language, line.claim.said
    value = value_words(terminal, each.kind, each.field, said.value)
    parts = [say(language, f"claims.state.{line.state}", reason=line.ended)]
    parts.append(word("certainty", said.certainty, language))
    if said.asserted_by:
        parts.append(say(language, "claims.says", who=said.asserted_by))
    if said.restriction != "none":
        parts.append(word("restriction", said.restriction, language))
    parts += [word("note", note, language) for note in said.notes]
    terminal.print(f"  – {value}  ({'; '.join(parts)})", hang=4)
    if line.origin is not None:
        terminal.print(
            "    "
            + say(
                language,
                "claims.origin",
                title=line.origin.title,
                file=line.origin.file_name,
                received=day(language, line.origin.received),
                by=line.origin.by,
            ),
            hang=4,
        )
    for passage in line.passages:
        terminal.print(f"    {_passage(terminal, passage)}: “{passage.words}”", hang=4)
    terminal.print(f"    {line.claim.id} · {line.claim.by} · {day(language, line.claim.at[:10])}", hang=4)


def _passage(terminal: Terminal, passage: Passage) -> str:
    facts = {name: getattr(passage, name) for name in passage.__struct_fields__ if name != "words"}
    code = f"claims.passage.{passage.__struct_config__.tag}"
    if facts.get("start") is not None and code == "claims.passage.span":
        facts["start"] += 1  # people count from 1
    return say(terminal.language, code, **facts)


def field_words(terminal: Terminal, kind: str, field: str) -> str:
    """A field of a kind of thing in the user's language."""
    known = field_of(kind, field)
    return field if known is None else getattr(known, terminal.language)


def value_words(terminal: Terminal, kind: str, field: str, value: str) -> str:
    """A value: a code with its word, another as it is."""
    known = field_of(kind, field)
    if known is None or known.list is None:
        return value
    return f"{word(known.list, value, terminal.language)} ({value})"


def _tabulate(terminal: Terminal, found: Tabled) -> None:
    language = terminal.language
    unknown = say(language, "claims.unknown")
    words = {column.name: {code: (en, es) for code, en, es, _ in column.values} for column in found.codebook}

    def shown(name: str, value: str) -> str:
        if not value:
            return unknown
        pair = words[name].get(value)
        return value if pair is None else pair[language != "en"]

    rows = [
        (*(shown(name, value) for name, value in zip(found.by, cell, strict=True)), str(number))
        for cell, number in found.cells.items()
    ]
    terminal.table((*(f"act_{name}" for name in found.by), "acts"), rows)
    terminal.say("cli.table_acts", number=found.acts)
    if found.as_of:
        terminal.say("cli.table_as_of", day=day(language, found.as_of))
    if found.restricted:
        terminal.say("cli.table_restricted", number=found.restricted)
    terminal.say("cli.table_inside")


def _codebook(terminal: Terminal, found: Tabled) -> None:
    language = terminal.language
    for column in found.codebook:
        terminal.print(f"{column.name}: {getattr(column, language)}", style="bold")
        for code, en, es, source in column.values:
            terminal.print(f"  {code}: {(en, es)[('en', 'es').index(language)]} [{source}]", hang=4)
        terminal.print(
            f"  {say(language, 'claims.unknown')}: {say(language, 'claims.unknown_means')}", hang=4
        )


def codes(terminal: Terminal, name: str | None = None) -> None:
    """The fields of each kind of thing, or the codes of one list."""
    language = terminal.language
    if name is None:
        for kind, thing in model().items():
            terminal.print(f"{kind}: {getattr(thing, language)}", style="bold")
            for field, known in thing.fields.items():
                terminal.print(f"  {field} ({known.written}): {getattr(known, language)}")
        return
    if name not in lists():
        raise AmparoError("claims.unknown_list", list=name, known=list(lists()))
    terminal.print(getattr(lists()[name], language), style="bold")
    for code, term in lists()[name].codes.items():
        terminal.print(f"  {code}: {getattr(term, language)} [{term.source}]", hang=4)
