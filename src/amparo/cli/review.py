"""Verbs for who is who: a judgement on two records."""

from __future__ import annotations

from pathlib import Path

from amparo.cli.opening import Passphrase, opened_study
from amparo.cli.terminal import Terminal


def judge(
    terminal: Terminal,
    study: Path,
    record: str,
    other: str,
    verdict: str,
    *,
    reason: str = "",
    passphrase_file: Passphrase = None,
) -> None:
    """Say of two records whether they are the same person."""
    with opened_study(terminal, study, passphrase_file) as opened:
        from amparo.study.linking import judgements  # noqa: PLC0415
        from amparo.study.linking.rules import pair  # noqa: PLC0415

        judgements.judge(opened, [judgements.Word((record, other), verdict, "asked", reason)])
        state = next(
            (one.state for one in judgements.standing(opened) if one.records == pair(record, other)),
            "withdrawn",
        )
    terminal.say(f"cli.judged.{state}", record=record, other=other)
