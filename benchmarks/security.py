"""The security requirements that concern the command line, each attacked; and each attack tried on a defect.

Every requirement has one function, `attacks.<theme>.<name>`, that attacks a copy of a synthetic study through
the product's own services and verbs and gives figures. With `mutate` each function is run again in a child
where one function of the product is replaced by a defective one; it must then fail.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from .attacks import mutants, scene
from .attacks.sizes import Figures, Sizes
from .children import Call, Nursery, furnish

# Requirement -> module and function of the attack; None where nothing of it is in this version.
REQUIREMENTS: Mapping[int, tuple[str, str] | None] = {
    1: ("storage", "canaries"),
    2: ("storage", "wrong_passphrase"),
    3: ("storage", "missing_path"),
    4: ("storage", "flips"),
    5: ("storage", "replays"),
    6: ("people", "old_passphrase"),
    7: ("crashes", "kills"),
    8: ("backups", "any_recipient"),
    9: ("backups", "truncated"),
    10: ("people", "shares"),
    11: ("people", "administrator"),
    12: ("storage", "moved"),
    13: ("people", "removed_member"),
    14: ("backups", "erased"),
    15: ("chain", "mutations"),
    16: ("chain", "openings"),
    17: ("storage", "originals"),
    18: ("machine", "lock"),
    19: None,
    20: None,
    21: None,
    22: None,
    23: None,
    24: ("people", "oracle"),
    25: ("uploads", "uploads"),
    26: None,
    27: ("machine", "served"),
    28: None,
    29: None,
    30: ("machine", "offline"),
}
PATIENCE = 3600  # seconds that an attack gets
QUICK = Sizes(flips=200, mutations=500, kills=7, drills=3, tries=200, replays=60, faults=8)


def run(
    sizes: Sizes, seed: int, *, only: int | None = None, mutate: bool = False
) -> Iterator[dict[str, Any]]:
    """One line per requirement, or with `mutate` one line per planted defect; `ok` tells whether it held."""
    concerned = [only] if only else list(REQUIREMENTS)
    with tempfile.TemporaryDirectory(prefix="amparo-selftest-") as name:
        room = Path(name)
        nursery = Nursery(room)
        try:
            found = scene.build(room, seed, nursery)
            for number in concerned:
                yield from attacked(number, found, nursery, sizes, mutate=mutate)
        finally:
            nursery.end()


def attacked(
    number: int, found: scene.Scene, nursery: Nursery, sizes: Sizes, *, mutate: bool
) -> Iterator[dict[str, Any]]:
    """The lines of one requirement."""
    attack = REQUIREMENTS.get(number)
    if attack is None:
        if not mutate:
            yield {"requirement": number, "concerned": False}
        return
    planted = mutants.OF[number] if mutate else (None,)
    for mutant in planted:
        begun = time.perf_counter()
        outcome = struck(attack, found, nursery, sizes, mutant)
        held, broken = outcome.pop("ok"), "error" in outcome
        line: dict[str, Any] = {"requirement": number, "concerned": True}
        caught = not held and not broken  # an attack that falls over has noticed nothing
        verdict = {"defect": mutant, "caught": caught, "ok": caught} if mutant else {"ok": held}
        yield line | verdict | {"figures": outcome, "seconds": round(time.perf_counter() - begun, 1)}


def struck(
    attack: tuple[str, str], found: scene.Scene, nursery: Nursery, sizes: Sizes, mutant: str | None
) -> Figures:
    """What an attack gives, in a child with the defect `mutant` planted in it."""
    if attack[0] == "crashes":  # it has children of its own to kill
        return import_module(".attacks.crashes", __package__).kills(found, sizes, mutant)
    asked: Call = (
        "security",
        "child",
        {"room": str(found.room), "attack": attack, "sizes": sizes._asdict(), "mutant": mutant},
    )
    place = found.room / "attacks"
    furnish(place)
    ended = nursery.run([], place, hook=asked, after=PATIENCE)
    try:
        return json.loads(ended.lines[-1])
    except (IndexError, ValueError):
        return {"ok": False, "error": f"ended with {ended.code}: {ended.lines[-3:]}"}


def child(room: str, attack: tuple[str, str], sizes: Mapping[str, int], mutant: str | None) -> None:
    """Attack in this process, after planting a defect in it, and print the figures."""
    found = scene.load(Path(room))
    function: Callable[[scene.Scene, Sizes], Figures]
    function = getattr(import_module(f".attacks.{attack[0]}", __package__), attack[1])
    if mutant:
        mutants.plant(mutant, found)
    try:
        figures = function(found, Sizes(**sizes))
    except Exception as error:
        # What an attack did not expect is no success of the product's.
        figures = {"ok": False, "error": f"{type(error).__name__} {error}"}
    print("\n" + json.dumps(figures))
