"""Kills through the full application: what was acknowledged stands, and the study goes on."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path
from typing import Any

from .. import faults
from ..kills import STEPS, Campaign, campaign, summary
from .scene import Scene
from .sizes import Figures, Sizes


def kills(scene: Scene, sizes: Sizes, mutant: str | None) -> Figures:
    """Requirement 7: `kill -9` in every step; with a defect, in the step that it is planted in."""
    steps: tuple[str, ...] = ("read",) if mutant else STEPS
    with (
        tempfile.TemporaryDirectory(prefix="kills-", dir=scene.room) as name,
        campaign(Path(name), sizes.seed) as fight,
    ):
        if mutant:
            fight.hook = ("attacks.mutants", "plant", {"name": mutant, "scene": None})
            _measure(fight, steps)
        lines = list(fight.blows(sizes.kills, signal.SIGKILL, steps))
        canaries = sum(line["canaries"] for line in lines) + fight.left_behind()
        failing: dict[str, Any] = {}
        if not mutant and (made := faults.library(scene.room)):
            failing = faults.summary(list(faults.faults(fight, made, sizes.faults, sizes.seed)))
    told = summary(lines)
    harm = told["acknowledged_lost"] + told["not_verified"] + told["not_resumed"] + canaries
    harm += sum(failing.get(name, 0) for name in ("falsely_acknowledged", "left_between", "not_done_again"))
    return {"ok": not harm and told["killed"] > 0} | told | {"canaries_found": canaries} | failing


def _measure(fight: Campaign, steps: tuple[str, ...]) -> None:
    for step in steps:
        fight.measure(step)
