"""Verbs for what is owed to the persons in the register: find, open, consent, holds, erasure, their copy."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from amparo.cli.opening import Passphrase, opened_study
from amparo.cli.terminal import Terminal
from amparo.cli.verbs import write_files
from amparo.errors import AmparoError
from amparo.report.catalogue import day, languages, say
from amparo.study.care.rules import DECISIONS, OTHER, PURPOSES, USES, Purpose
from amparo.values.text import fold
from amparo.vocabulary.lists import word
from amparo.vocabulary.model import field_of, model

if TYPE_CHECKING:
    from amparo.study.care.held import Copy


def find(
    terminal: Terminal,
    study: Path,
    name: str | None = None,
    *,
    purpose: str | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Records whose name or alias fits; a name typed when asked stays out of the shell's history."""
    why = purpose_of(terminal, purpose)
    text = name or answer_to(terminal, "name")
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.register import search  # noqa: PLC0415

        found = search.find(opened, text, why)
    if found.hits:
        rows = [(hit.record, hit.title, hit.name) for hit in found.hits]
        terminal.table(("record", "list", "name"), rows)
    terminal.say("cli.found", number=found.number, shown=len(found.hits))


def open_record(
    terminal: Terminal,
    study: Path,
    record: str,
    *,
    purpose: str | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """One record: its row as the list has it, and what each field was read as."""
    why = purpose_of(terminal, purpose)
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.register import search  # noqa: PLC0415

        seen = search.open_record(opened, record, why)
    terminal.say("cli.opened", **seen._asdict() | {"received": day(terminal.language, seen.received)})
    _pairs(terminal, seen.columns)
    terminal.say("cli.read_as")
    _pairs(terminal, [(terminal.field(field), cell) for field, cell in seen.cells])
    if seen.ended:
        terminal.say("cli.superseded" if seen.successor else "cli.left_out", successor=seen.successor or "")


def consent(
    terminal: Terminal,
    study: Path,
    record: str,
    use: str,
    decision: str,
    *,
    until: date | None = None,
    words: str = "",
    passphrase_file: Passphrase = None,
) -> None:
    """Write down what a person said on one use of what they told."""
    use, decision = _coded("use", USES, use), _coded("decision", DECISIONS, decision)
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.care import services  # noqa: PLC0415

        services.consent(opened, record, use, decision, until=until, words=words)
    terminal.say("cli.consent_kept", record=record, use=_word(terminal, "use", use))
    if use == "statistics":
        terminal.say("cli.consent_statistics")


def retain(
    terminal: Terminal,
    study: Path,
    of: str,
    *,
    until: date | None = None,
    reason: str = "",
    passphrase_file: Passphrase = None,
) -> None:
    """Set the day until which a list or a record is kept; without a day none stands."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.care import services  # noqa: PLC0415

        services.retain(opened, of, until, reason)
    terminal.say("cli.retained" if until else "cli.retained_open", of=of, until=until)


def hold(
    terminal: Terminal, study: Path, of: str, *, reason: str | None = None, passphrase_file: Passphrase = None
) -> None:
    """Put a list or a record under a legal duty to keep: nothing of it can be erased."""
    words = reason or answer_to(terminal, "reason")
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.care import services  # noqa: PLC0415

        number = services.hold(opened, of, words)
    terminal.say("cli.on_hold", of=of, hold=number)


def lift(
    terminal: Terminal,
    study: Path,
    number: int,
    *,
    reason: str | None = None,
    passphrase_file: Passphrase = None,
) -> None:
    """End a hold."""
    words = reason or answer_to(terminal, "reason")
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.care import services  # noqa: PLC0415

        services.lift(opened, number, words)
    terminal.say("cli.lifted", hold=number)


def due(terminal: Terminal, study: Path, *, days: int = 30, passphrase_file: Passphrase = None) -> None:
    """What is due soon or already: days of keeping, ends of consents; and the holds that stand."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.care import services  # noqa: PLC0415

        soon, holds = services.due(opened, days), services.holds(opened)
    for each in soon:
        terminal.say(
            f"cli.due_{each.kind}" if each.days >= 0 else f"cli.due_{each.kind}_past",
            of=each.of,
            use=_word(terminal, "use", each.use) if each.use else "",
            until=each.until,
            days=abs(each.days),
        )
    for held in holds:
        terminal.say("cli.hold_stands", hold=held.number, of=held.of, since=held.day, by=held.by)
    if not soon:
        terminal.say("cli.nothing_due", days=days)


def erase(
    terminal: Terminal,
    study: Path,
    *records: str,
    person: bool = False,
    reason: str | None = None,
    tombstones: Path | None = None,
    yes: bool = False,
    passphrase_file: Passphrase = None,
) -> None:
    """Erase records for ever, in every version and in the lists they came with."""
    if not records:
        raise AmparoError("cli.missing_word", word="RECORDS")
    words = reason or answer_to(terminal, "reason")
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.care import erasure, services  # noqa: PLC0415

        chosen = list(records)
        if person:
            chosen = sorted({name for one in records for name in services.person_of(opened, one)})
        planned = erasure.plan(opened, chosen)
        terminal.say(
            "cli.will_erase", number=len(planned.records), records=planned.records, lists=planned.sources
        )
        if not yes and fold(terminal.ask("cli.ask.erase") or "") not in _agreed():
            raise AmparoError("cli.not_erased")
        done = erasure.erase(opened, planned.records, words, tombstones)
    terminal.say("cli.erased", records=done.records, files=done.files, tombstones=str(done.tombstones))
    if done.copies:
        terminal.say("cli.erased_copies", copies=done.copies)
    if done.left:
        terminal.say("cli.erased_left", rows=done.left)
    if done.quoting:
        terminal.say("cli.erased_quoting", cases=list(done.quoting))
    if done.unread:
        terminal.say("cli.erased_unread", cases=done.unread)
    terminal.say("cli.erased_elsewhere")


def held(
    terminal: Terminal,
    study: Path,
    record: str,
    *,
    person: bool = False,
    out: Path | None = None,
    to: tuple[str, ...] = (),
    passphrase_file: Passphrase = None,
) -> None:
    """What the study holds about a person, as a copy for them."""
    from amparo.vault import age  # noqa: PLC0415

    recipients = [age.recipient(text) for text in to]
    if recipients and out is None:
        raise AmparoError("cli.missing", option="out")
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.care.held import copy_for  # noqa: PLC0415

        if out is not None and not recipients and not opened.facts.synthetic:
            raise AmparoError("care.seal_the_copy")
        copy = copy_for(opened, record, person=person)
    text = "\n".join(_told(terminal, copy))
    if out is None:
        terminal.print(text)
        return
    content = text.encode()
    if recipients:
        sealed = io.BytesIO()
        age.seal(io.BytesIO(content), sealed.write, recipients)
        content = sealed.getvalue()
    write_files(out.parent, {out.name: content})
    terminal.say("cli.copy_written" if recipients else "cli.copy_plain", file=str(out))


def _told(terminal: Terminal, copy: Copy) -> list[str]:
    """The copy as lines of text in the reader's language."""
    language = terminal.language
    lines = [say(language, "held.title", study=copy.study), ""]
    lines += [say(language, "held.intro", day=day(language, copy.day), records=len(copy.records)), ""]
    for number, (seen, until) in enumerate(copy.records, 1):
        lines += [
            say(
                language,
                "held.record",
                number=number,
                title=seen.title,
                received=day(language, seen.received),
                row=seen.row,
                record=seen.record,
            ),
            *(f"    {header}: {value}" for header, value in seen.columns if value.strip()),
        ]
        if seen.ended:
            lines.append("    " + say(language, "held.superseded" if seen.successor else "held.left_out"))
        lines += ["    " + say(language, "held.until" if until else "held.no_until", until=until), ""]
    if copy.claims:
        lines.append(say(language, "held.claims"))
    for claim in copy.claims:
        known = field_of(claim.kind, claim.field)
        field = getattr(known, language) if known else claim.field
        value = word(known.list, claim.value, language) if known and known.list else claim.value
        lines.append(f"    {getattr(model()[claim.kind], language)}, {field}: {value} (“{claim.words}”)")
    lines += [""] if copy.claims else []
    lines.append(say(language, "held.consents" if copy.consents else "held.no_consents"))
    for said in copy.consents:
        use = _word(terminal, "use", said.use)
        to = f" → {copy.recipients.get(said.scope.recipient, said.scope.recipient)}" if said.scope else ""
        lines.append(
            "    "
            + say(
                language,
                "held.consent" if said.until is None else "held.consent_until",
                day=said.day,
                use=use + to,
                decision=_word(terminal, "decision", said.decision),
                until=said.until,
            )
        )
        lines += [f"        {said.words}"] if said.words else []
    lines += ["", say(language, "held.done", links=copy.links, counts=copy.counts)]
    lines.append(say(language, "held.openings", times=sum(copy.openings.values())))
    lines += [
        f"    {_word(terminal, 'purpose', purpose)}: {times}"
        for purpose, times in sorted(copy.openings.items())
    ]
    return [*lines, "", say(language, "held.rights", study=copy.study)]


def purpose_of(terminal: Terminal, text: str | None) -> Purpose:
    """A purpose of the table in either language, with words after a colon; other words are another."""
    text = text or answer_to(terminal, "purpose")
    head, _, words = text.partition(":")
    code = _coded("purpose", PURPOSES, head)
    return Purpose(code, words.strip()) if code in PURPOSES else Purpose(OTHER, text)


def _coded(family: str, codes: Sequence[str], text: str) -> str:
    """The code for what was typed: itself, or its word in either language; else the text as it is."""
    for code in codes:
        if fold(text) in {code, *(fold(say(language, f"{family}.{code}")) for language in languages())}:
            return code
    return text


def _word(terminal: Terminal, family: str, code: str) -> str:
    return say(terminal.language, f"{family}.{code}")


def _agreed() -> set[str]:
    return {fold(say(language, "cli.erase_word")) for language in languages()}


def answer_to(terminal: Terminal, option: str) -> str:
    """What is typed when an option was left out. Raises `cli.missing` where nobody can be asked."""
    answer = terminal.ask(f"cli.ask.{option}")
    if answer is None:
        raise AmparoError("cli.missing", option=option)
    return answer


def _pairs(terminal: Terminal, pairs: Sequence[tuple[str, str]]) -> None:
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        terminal.print(f"  {name:<{width}}  {value}", hang=width + 4)
