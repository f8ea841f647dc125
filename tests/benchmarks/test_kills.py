"""Every step of a study, ended by a signal: bounded runs of the campaign behind `amparo bench kills`."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from amparo.cli.checkout import load
from amparo.report.catalogue import say

kills = load("benchmarks", "kills")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with kills.campaign(tmp_path_factory.mktemp("kills"), 5) as fight:
        yield fight


def stands(line: dict[str, Any]) -> bool:
    return line["acknowledged_kept"] and line["verified"] is True and line["resumed"] and not line["canaries"]


def test_a_kill_loses_nothing_acknowledged_and_leaves_nothing_readable(campaign: Any) -> None:
    lines = list(campaign.blows(len(kills.STEPS), signal.SIGKILL))
    assert [line["step"] for line in lines] == list(kills.STEPS)
    assert [line for line in lines if not stands(line)] == []
    assert campaign.left_behind() == 0


def test_an_interrupt_ends_in_its_sentence_and_the_step_can_be_done_again(campaign: Any) -> None:
    lines = list(campaign.blows(len(kills.STEPS), signal.SIGINT))
    assert [line for line in lines if not stands(line)] == []
    for line in lines:
        # Where foreign code was interrupted, Python ends by the signal itself, which a shell shows as 130.
        if line["state"] == "before":
            # A step may have told what it was about to do.
            assert (line["code"] in (130, -signal.SIGINT), line["said"][-1]) == (
                True,
                say("en", "cli.interrupted"),
            )
