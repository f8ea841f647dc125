"""The matching desk: pairs judged one after the other, taken back, without a script and with htmx."""

from __future__ import annotations

import re
from typing import Any

RECORD = re.compile(r'name="record" value="([^"]+)"')
NUMBERS = re.compile(r"So far: (\d+) the same, (\d+) different, (\d+) unsure")


def pair(text: str) -> list[str]:
    return RECORD.findall(text)


def said(text: str) -> tuple[int, ...]:
    found = NUMBERS.search(text)
    assert found
    return tuple(map(int, found.groups()))


def begun(founder: Any, **fields: str) -> Any:
    founder.get("/matching")
    founder.post("/matching/stop")
    return founder.post("/matching/begin", {"number": "6", **fields})


def test_a_pair_is_shown_with_words_for_its_colours_and_the_evidence_as_bars(founder: Any) -> None:
    page = begun(founder)
    assert page.status == 200 and "Pair 1 of 6" in page.text
    assert len(pair(page.text)) == 2
    assert "agree" in page.text and "<svg" in page.text and "likely one person" in page.text
    assert "style=" not in page.text and "onclick" not in page.text


def test_who_judges_blind_sees_no_opinion(founder: Any) -> None:
    page = begun(founder, blind="yes")
    assert "likely one person" not in page.text and "Without the linkage" in page.text


def test_verdicts_lead_to_the_next_pair_and_the_last_is_taken_back(founder: Any) -> None:
    first = begun(founder)
    judged = founder.post("/matching/judge", {"record": pair(first.text), "verdict": "same", "reason": "x"})
    assert judged.at == "/matching" and "Pair 2 of 6" in judged.text and said(judged.text) == (1, 0, 0)
    assert pair(judged.text) != pair(first.text)
    back = founder.post("/matching/undo")
    assert pair(back.text) == pair(first.text) and said(back.text) == (0, 0, 0)


def test_a_form_sent_twice_judges_once(founder: Any) -> None:
    word = {"record": pair(begun(founder).text), "verdict": "unsure"}
    for _ in range(2):
        again = founder.post("/matching/judge", word, htmx=True)
        assert said(again.text) == (0, 0, 1) and "<html" not in again.text
    founder.post("/matching/undo")


def test_an_unknown_verdict_keeps_the_pair_and_says_so(founder: Any) -> None:
    first = begun(founder)
    for verdict in ("perhaps", "withdrawn"):
        page = founder.post("/matching/judge", {"record": pair(first.text), "verdict": verdict})
        assert page.status == 400 and 'role="alert"' in page.text and pair(page.text) == pair(first.text)


def test_a_judged_pair_is_not_asked_again_and_the_whole_queue_can_be_done(founder: Any) -> None:
    page, seen = begun(founder), []
    while records := pair(page.text):
        seen.append(tuple(records))
        page = founder.post("/matching/judge", {"record": records, "verdict": "different"}, htmx=True)
    assert len(set(seen)) == 6 and "Done: 6 pairs" in page.text
    assert not set(seen) & {tuple(pair(begun(founder).text))}


def test_agreement_waits_for_a_second_reviewer(founder: Any) -> None:
    assert "No pair was judged by two reviewers yet" in founder.get("/matching/agreement").text
