"""What a working report says, and in which order: findings in, blocks out, for page and document alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from amparo.report import charts, intervals
from amparo.report.blocks import (
    Block,
    Bullets,
    Card,
    Cards,
    Heading,
    Notice,
    Section,
    Story,
    Terms,
    Text,
)
from amparo.report.catalogue import day, percent, say, word, write
from amparo.report.drawing import clip
from amparo.report.numbers import Spread, documented_note, part, period, printable, stands, told
from amparo.report.pieces import figure, table
from amparo.study.counting.findings import Findings


def story(findings: Findings, lang: str) -> Story:
    """The whole report in one language."""
    findings = printable(findings)
    s = partial(say, lang)
    sections = [
        Section(key, title, tuple(blocks))
        for key, title, blocks in (
            (name, s(f"{name}.title", **facts), list(chapter(findings, lang)))
            for name, chapter, facts in _plan(findings, lang)
        )
        if blocks
    ]
    banners = [Notice("unfit", s("report.unfit_title"), (s("report.unfit_text"),))]
    if findings.synthetic:
        banners.insert(0, Notice("synthetic", s("report.synthetic_title"), (s("report.synthetic_text"),)))
    target = findings.target
    return Story(
        lang=lang,
        kind=s("report.kind"),
        title=findings.study,
        running=clip(findings.study, 420),
        subtitle=" · ".join(
            text for text in (target.role, target.act, target.place, period(lang, target.period)) if text
        ),
        meta=s("report.meta", made=day(lang, findings.made), version=findings.amparo),
        made=findings.made,
        mark=s("report.unfit"),
        banners=tuple(banners),
        contents=s("report.contents"),
        skip=s("report.skip"),
        sections=tuple(sections),
    )


Chapter = Callable[[Findings, str], Iterator[Block]]


def _plan(findings: Findings, lang: str) -> list[tuple[str, Chapter, dict[str, Any]]]:
    by = write(lang, [word(lang, "column", name) for name in findings.by])
    return [
        ("answer", _answer, {}),
        ("target", _target, {}),
        ("lists", _lists, {}),
        ("overlaps", _overlaps, {}),
        ("years", _years, {}),
        ("estimate", _estimate, {}),
        ("methods", intervals.methods, {}),
        ("strata", intervals.strata, {"by": by}),
        ("linking", _linkage, {}),
        ("excluded", _excluded, {}),
        ("sources", _sources, {}),
        ("method", _method, {}),
        ("caveats", _caveats, {}),
        ("reading", _reading, {}),
        ("run", _run, {}),
    ]


def _answer(findings: Findings, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    documented = Card(s("answer.documented"), write(lang, findings.persons), documented_note(findings, lang))
    total = findings.total
    if total is not None and stands(total):
        spread = Spread(total)
        cards = [
            Card(s(f"answer.{name}"), write(lang, facts["median"]), s("answer.interval_note", **facts))
            for name, facts in (("total", spread.total()), ("unseen", spread.unseen()))
        ]
        yield Cards((documented, *cards))
        unseen = {"unseen": "median", "unseen_low": "low", "unseen_high": "high"}
        facts = spread.total() | {name: spread.unseen()[key] for name, key in unseen.items()}
        yield Text(s("answer.text", observed=total.observed, **facts), "lead")
        if findings.truth is not None:
            inside = spread.low <= findings.truth <= spread.high
            yield Text(s(f"answer.truth_{'inside' if inside else 'outside'}", truth=findings.truth))
        return
    why = "absent" if total is None else "refused"
    for_each = [s("answer.total"), s("answer.unseen")]
    note = s(f"answer.{why}_note")
    yield Cards((documented, *(Card(label, s("answer.no_number"), note, missing=True) for label in for_each)))
    yield Text(s(f"answer.text_{why}", observed=findings.persons), "lead")
    if total is not None and total.refused is not None:
        yield Notice("refusal", s("answer.refused_title"), (told(findings, lang, total.refused),))
    if findings.truth is not None:
        yield Text(s("answer.truth", truth=findings.truth))


def _target(findings: Findings, lang: str) -> Iterator[Block]:
    target = findings.target
    texts = {
        "role": target.role,
        "act": target.act,
        "period": period(lang, target.period),
        "place": target.place,
    }
    if not any(texts.values()):
        return
    yield Text(say(lang, "target.text"))
    pairs = [(say(lang, f"target.{name}"), text) for name, text in texts.items() if text]
    pairs.append((say(lang, "target.version"), write(lang, target.version)))
    if findings.as_of:
        pairs.append((say(lang, "target.as_of"), day(lang, findings.as_of)))
    yield Terms(tuple(pairs))


def _lists(findings: Findings, lang: str) -> Iterator[Block]:
    if not findings.lists:
        return
    s = partial(say, lang)
    signs = charts.letters(findings)
    counted = sum(one.counted for one in findings.lists)
    yield Text(s("lists.text", n=len(findings.lists), counted=counted))
    bars = [s("lists.alt_bar", title=one.title, persons=one.persons) for one in findings.lists]
    caption = [s("lists.caption")] + [s("lists.caption_outline")] * (counted < len(findings.lists))
    yield figure(charts.lists, findings, lang, [s("lists.alt", bars="; ".join(bars))], caption)
    heads = [
        ("key", False),
        ("list", False),
        ("part", False),
        ("records", True),
        ("persons", True),
        ("eligible", True),
    ]
    rows = [
        (signs.get(one.key), one.title, part(one, lang), one.records or None, one.persons, one.eligible)
        for one in findings.lists
    ]
    yield table(lang, "lists.table", [(f"lists.{name}", numeric) for name, numeric in heads], rows)
    titles = {one.key: one.title for one in findings.lists}
    derived = [
        s("lists.derived", title=one.title, origins=[titles.get(key, key) for key in one.derived_from])
        for one in findings.lists
        if one.derived_from
    ]
    if derived:
        yield Bullets(tuple(derived))


def _overlaps(findings: Findings, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    rows = sorted(findings.overlaps, key=lambda one: (-one.persons, one.lists))
    if sum(one.counted for one in findings.lists) < 2:
        yield Text(s("overlaps.text_one"))
        return
    if not rows:
        return
    everyone = sum(one.persons for one in rows)
    once = sum(one.persons for one in rows if len(one.lists) == 1)
    yield Text(s("overlaps.text", n=everyone, once=once, more=everyone - once))
    titles = {one.key: one.title for one in findings.lists}
    top = [
        s("overlaps.alt_bar", persons=one.persons, lists=[titles[key] for key in one.lists])
        for one in rows[:5]
    ]
    counted = sum(one.counted for one in findings.lists)
    rest = rows[charts.SHOWN_OVERLAPS :]
    left = sum(one.persons for one in rest)
    caption = [s("overlaps.caption")]
    if rest:
        caption.append(s("overlaps.caption_cut", shown=charts.SHOWN_OVERLAPS, rest=len(rest), persons=left))
    yield figure(
        charts.overlaps, findings, lang, [s("overlaps.alt", lists=counted, bars="; ".join(top))], caption
    )
    signs = charts.letters(findings)
    cells: list[tuple[Any, ...]] = [
        (
            " + ".join(signs[key] for key in one.lists),
            len(one.lists),
            one.persons,
            percent(lang, one.persons / everyone),
        )
        for one in rows[: charts.SHOWN_OVERLAPS]
    ]
    if rest:
        cells.append((s("overlaps.rest", n=len(rest)), None, left, percent(lang, left / everyone)))
    heads = [
        ("overlaps.combination", False),
        ("overlaps.count", True),
        ("lists.persons", True),
        ("overlaps.share", True),
    ]
    yield table(lang, "overlaps.table", heads, cells)


def _years(findings: Findings, lang: str) -> Iterator[Block]:
    if not findings.by_year:
        return
    s = partial(say, lang)
    known = {one.year: one.persons for one in findings.by_year if one.year is not None}
    unknown = sum(one.persons for one in findings.by_year if one.year is None)
    text, alt = [s("years.text")], []
    rows: list[tuple[str, int]] = [(str(year), known[year]) for year in sorted(known)]
    if known:
        top = max(known, key=lambda year: (known[year], -year))
        first, last = str(min(known)), str(max(known))
        alt.append(s("years.alt", first=first, last=last, top=str(top), persons=known[top]))
    if unknown:
        share = unknown / (sum(known.values()) + unknown)
        text.append(s("years.text_unknown", unknown=unknown, share=share))
        alt.append(s("years.alt_unknown", unknown=unknown))
        rows.append((s("years.unknown_row"), unknown))
    yield Text(" ".join(text))
    if known:
        caption = s("years.caption" if unknown else "years.caption_all")
        yield figure(charts.years, findings, lang, alt, [caption])
        yield table(lang, "years.table", [("years.year", False), ("lists.persons", True)], rows)


def _estimate(findings: Findings, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    one = findings.total
    if one is None:
        yield Text(s("estimate.absent"))
        return
    if one.refused is not None:
        yield Notice("refusal", s("answer.refused_title"), (told(findings, lang, one.refused),))
    if one.warnings:
        title = s("estimate.warning_title", n=len(one.warnings))
        yield Notice("warning", title, tuple(told(findings, lang, said) for said in one.warnings))
    rows: list[tuple[str, Any]] = [(s("estimate.observed"), one.observed)]
    chao = None if one.chao_low is None else round(one.chao_low)
    if chao is not None:
        rows.append((s("estimate.chao"), chao))
    if stands(one):
        spread = Spread(one)
        if one.draws_histogram:
            yield Text(s("estimate.text"))
            alt = [s("estimate.alt", observed=one.observed, **spread.total())]
            alt += [s("estimate.alt_chao", chao=chao)] if chao is not None else []
            alt += [s("estimate.alt_truth", truth=findings.truth)] if findings.truth is not None else []
            yield figure(charts.estimate, findings, lang, alt, [s("estimate.caption")])
        for name, facts in (("", spread.total()), ("unseen", spread.unseen())):
            rows.append((s(f"estimate.{name or 'median'}"), facts["median"]))
            code = "estimate.unseen_interval" if name else "estimate.interval"
            rows.append((s(code), s("estimate.range", low=facts["low"], high=facts["high"])))
    if findings.truth is not None:
        rows.append((s("estimate.truth"), findings.truth))
    diagnostics = {
        "rhat": None if one.rhat is None else f"{one.rhat:.3f}",
        "ess": None if one.ess is None else round(one.ess),
        "chains": one.chains or None,
    }
    rows += [(s(f"estimate.{name}"), value) for name, value in diagnostics.items() if value is not None]
    if one.parts > 1:
        rows.append((s("estimate.parts"), one.parts))
    if one.inner is not None:
        low, high = one.inner
        rows.append((s("estimate.inner"), s("estimate.range", low=round(low), high=round(high))))
    yield table(lang, "estimate.table", [("estimate.quantity", False), ("estimate.value", True)], rows)
    yield Heading(s("estimate.assumptions"))
    names = ("closed", "reach", "linkage", "independence")
    yield Bullets(tuple(s(f"estimate.assumption_{name}") for name in names))


def _linkage(findings: Findings, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    one = findings.linkage
    if one is None:
        yield Text(s("linking.absent"))
        return
    text = [s("linking.text", records=one.records, persons=one.persons)]
    precision, recall = one.expected_precision, one.expected_recall
    if precision is not None and recall is not None:
        text.append(s("linking.judged", precision=f"{100 * precision:.0f}", recall=f"{100 * recall:.0f}"))
    yield Text(" ".join(text))
    shares = {"threshold": one.threshold, "precision": precision, "recall": recall}
    rows = [
        (s("linking.records"), one.records),
        (s("linking.persons"), one.persons),
        (s("linking.compared"), one.pairs_compared),
        (s("linking.accepted"), one.pairs_accepted),
        *(
            (s(f"linking.{name}"), share if share is None else percent(lang, share))
            for name, share in shares.items()
        ),
        (s("linking.within"), one.within_list),
    ]
    yield table(lang, "linking.table", [("estimate.quantity", False), ("estimate.value", True)], rows)
    sizes = [(str(size), persons) for size, persons in sorted(one.cluster_sizes.items())]
    yield table(lang, "linking.sizes", [("linking.size", False), ("linking.size_persons", True)], sizes)


def _excluded(findings: Findings, lang: str) -> Iterator[Block]:
    if not findings.excluded:
        yield Text(say(lang, "excluded.none"))
        return
    yield Text(say(lang, "excluded.text"))
    yield Bullets(tuple(told(findings, lang, said) for said in findings.excluded))


def _sources(findings: Findings, lang: str) -> Iterator[Block]:
    filed = [one for one in findings.lists if one.digest]
    if not filed:
        return
    yield Text(say(lang, "sources.text"))
    heads = [("lists.list", False), ("sources.files", True), ("lists.records", True)]
    heads += [("sources.received", False), ("sources.digest", False)]
    rows = [(one.title, one.files, one.records, day(lang, one.received), one.digest) for one in filed]
    yield table(lang, "sources.table", heads, rows)


def _method(findings: Findings, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    model = findings.total.method if findings.total is not None else "recommended"
    steps = ["histories", f"model_{model}", "refusal", "chao"]
    references = ["chao", "manrique"]
    if findings.total is not None and findings.total.parts > 1:
        steps.insert(2, "draws")
        references.append("sadinle")
    if len(findings.methods) > 1:
        steps.append("beside")
        references += ["madigan", "silverman"]
    if findings.linkage is not None:
        steps.insert(0, "linkage")
        references.insert(1, "fellegi")
    for step in steps:
        yield Text(s(f"method.{step}"))
    yield Heading(s("method.references"))
    yield Bullets(tuple(s(f"method.reference_{name}") for name in references))


def _caveats(findings: Findings, lang: str) -> Iterator[Block]:
    standing = [say(lang, "caveats.counts"), say(lang, "caveats.model")]
    yield Bullets((*(told(findings, lang, said) for said in findings.caveats), *standing))


def _reading(findings: Findings, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    if findings.total is not None and stands(findings.total):
        facts = Spread(findings.total).total()
        meaning, cite = s("reading.meaning", **facts), s("reading.cite", **facts)
    else:
        meaning, cite = s("reading.meaning_general"), s("reading.cite_general")
    yield Bullets((meaning, s("reading.middle"), cite, s("reading.compare")))


def _run(findings: Findings, lang: str) -> Iterator[Block]:
    s = partial(say, lang)
    yield Text(s("run.text"))
    pairs = [(s("run.manifest"), findings.manifest), (s("run.version"), findings.amparo)]
    if findings.linkage is not None:
        pairs.append((s("run.seed"), str(findings.linkage.seed)))
    pairs.append((s("run.made"), day(lang, findings.made)))
    yield Terms(tuple(pairs))
