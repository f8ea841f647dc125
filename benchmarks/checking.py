"""A large study checked against its audit chain, and what a line of that chain costs: seconds of each."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from amparo.cli.checkout import load
from amparo.cli.demo import PASSPHRASE
from amparo.study import store
from amparo.study.plan import read_plan
from amparo.vault.folder import open_folder
from amparo.vault.slots import Passphrase

_ACTS = 1_000


def run(records: int, seed: int) -> dict[str, Any]:
    """Read synthetic lists, check the study twice over, and add acts to its chain."""
    with tempfile.TemporaryDirectory() as name:
        lists, study = Path(name) / "lists", Path(name) / "study"
        load("examples", "salvador").write(lists, seed, records=records)
        plan = read_plan((lists / "target.toml").read_bytes(), "target.toml")
        store.create(study, PASSPHRASE, plan)
        with store.study_in(open_folder(study, Passphrase(PASSPHRASE))) as opened:
            from django.db import transaction  # noqa: PLC0415  (importable only once settings stand)

            from amparo.study.accounts.services import audit, verify_chain  # noqa: PLC0415
            from amparo.study.register.services import read_list  # noqa: PLC0415
            from amparo.study.verification import verify_log, verify_study  # noqa: PLC0415

            rows = 0
            for key, source in plan.sources.items():
                file = lists / str(source.file)
                rows += read_list(opened, file.read_bytes(), file.name, source_key=key).rows

            def acts() -> None:
                for number in range(_ACTS):
                    with transaction.atomic():
                        audit(opened, "counting.report", count=number, pages=0)

            return {
                "records": rows,
                "chain_and_rows_seconds": _seconds(lambda: verify_log(opened)),
                "everything_opened_seconds": _seconds(lambda: verify_study(opened)),
                "act_milliseconds": round(_seconds(acts) * 1000 / _ACTS, 2),
                "acts": verify_chain(opened).head.seq,
                "chain_seconds": _seconds(lambda: verify_chain(opened)),
                "seed": seed,
            }


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return round(time.perf_counter() - begun, 3)
