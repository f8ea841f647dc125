"""The demo's synthetic population, from lists to number, once per seed: how far from its known truth."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from amparo.cli.demo import made
from amparo.runs import silent

PERSONS = 3200


def run(seeds: int) -> Iterator[dict[str, Any]]:
    """One line per seed (`error` and `width` as shares of the truth), then a line with their medians."""
    lines = []
    for seed in range(1, seeds + 1):
        begun = time.perf_counter()
        with (
            tempfile.TemporaryDirectory() as folder,
            made(Path(folder), seed, PERSONS, silent) as (_, findings),
        ):
            total, truth = findings.total, findings.truth
        line: dict[str, Any] = {"seed": seed, "truth": truth, "documented": findings.persons}
        if total and truth and total.median and total.low and total.high:
            line |= {
                "median": total.median,
                "low": total.low,
                "high": total.high,
                "error": abs(total.median - truth) / truth,
                "width": (total.high - total.low) / truth,
                "covered": total.low <= truth <= total.high,
                "rhat": total.rhat,
            }
        line["refused"] = total.refused.code if total and total.refused else None
        line["seconds"] = round(time.perf_counter() - begun, 2)
        lines.append(line)
        yield line
    answered = [line for line in lines if line["refused"] is None]
    yield {
        "seeds": seeds,
        "refused": seeds - len(answered),
        "median_error": median(line["error"] for line in answered) if answered else None,
        "median_width": median(line["width"] for line in answered) if answered else None,
        "covered": sum(line["covered"] for line in answered),
    }
