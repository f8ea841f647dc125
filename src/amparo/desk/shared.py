"""What all who hold the same keys see of a study, opened once: names, persons, numbers, cases, pairs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

from amparo.vault import machine

if TYPE_CHECKING:
    from amparo.study.agenda import Numbers
    from amparo.study.cases.board import Line
    from amparo.study.context import Study
    from amparo.study.linking.persons import Persons
    from amparo.study.linking.review import Basis
    from amparo.study.register.index import Index

LONG = 1.0  # seconds of making something that leave much memory free again


class Shared:
    """Dear things in memory, each by the keys it was made with; a seat is given only what its keys open."""

    def __init__(self) -> None:
        """Nothing is opened yet."""
        self._guard = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}
        self._kept: dict[Hashable, tuple[object, Any]] = {}

    def forget(self) -> None:
        """Nothing that was opened stays."""
        self._kept.clear()

    def index(self, study: Study) -> Index:
        """The names that somebody with these keys can search; a compartment's are shared by its members.

        Which parts are put together is asked of the keys of whoever sits here, each time anew.
        """
        from amparo.study.register.index import Index, Part, compartments, stamp  # noqa: PLC0415

        parts = []
        for each in compartments(study):
            place = ("names", *each.keys.ids)
            before = self._kept.get(place, (None, None))[1]
            parts.append(self._made(place, stamp(each), partial(Part, each, before)))
        return Index(study, parts)

    def persons(self, study: Study) -> Persons:
        """Who is who, as somebody with these keys sees it; a compartment is opened once for all its members.

        Which compartments are put together is asked of the keys of whoever sits here, each time anew.
        """
        from amparo.study.linking.persons import Persons, maps_seen, part_of, stamp  # noqa: PLC0415

        mine, corrected = maps_seen(study), stamp()
        parts = [
            self._made(("persons of", place), (number, corrected), partial(part_of, study, number))
            for place, number in mine.items()
        ]
        told = (*mine.values(), corrected)
        return self._made(("persons", *mine), told, partial(Persons, parts))

    def numbers(self, study: Study) -> Numbers:
        """The counts of what somebody with these keys may open."""
        from amparo.study.agenda import numbers  # noqa: PLC0415
        from amparo.study.register.standing import register_stamp  # noqa: PLC0415

        return self._made(("numbers", *study.keys.ids), register_stamp(), partial(numbers, study))

    def board(self, study: Study) -> list[Line]:
        """The lines of the cases that somebody with these keys may see, the most pressing first."""
        from amparo.study.cases.board import Board  # noqa: PLC0415

        # Lawyers see by agreement, so theirs is their own; case workers with the same keys share one.
        whose = "" if "cases" in study.user.roles else study.user.handle
        board = self._made(("board", whose, *study.keys.ids), None, Board)
        return board.refresh(study)

    def basis(self, study: Study, seed: int) -> Basis:
        """What somebody with these keys is asked about at the matching desk.

        The pairs of a linkage are opened once for all who may know the linkage.
        """
        from amparo.study.linking.review import Basis, basis_stamp, compared_by, newest_run  # noqa: PLC0415

        run = newest_run(study)
        compared = self._made(("compared", run.sealed_under_id), run.pk, partial(compared_by, study))
        place = ("basis", seed, *study.keys.ids)
        make = partial(Basis, study, seed=seed, compared=compared)
        return self._made(place, basis_stamp(study), make)

    def _made(self, place: Hashable, stamp: object, make: Callable[[], Any]) -> Any:
        """Something dear, by its place and what its stamp tells: made once, by who comes first.

        Who asks for another place does not wait for it.
        """
        kept = self._kept.get(place)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        with self._guard:
            turn = self._making.setdefault(place, threading.Lock())
        with turn:
            kept = self._kept.get(place)
            if kept is None or kept[0] != stamp:
                begun = time.monotonic()
                kept = self._kept[place] = (stamp, make())
                if time.monotonic() - begun > LONG:
                    machine.give_back()
            return kept[1]
