"""Where a reviewer stands in a queue of pairs: kept in the seat; every verdict is in the study at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amparo.errors import AmparoError
from amparo.study.linking import review as reviews

if TYPE_CHECKING:
    from amparo.linkage.queue import Asked
    from amparo.study.context import Study

# A record of the pair was erased, corrected or moved out of reach since the queue was made.
_GONE = ("register.unknown_record", "register.erased_record")


@dataclass
class Work:
    """A queue in the making of judgements: the pairs before `at` are done or were passed over."""

    queue: reviews.Queue
    at: int = 0
    said: list[tuple[Asked, str]] = field(default_factory=list)
    ahead: dict[int, reviews.Shown] = field(default_factory=dict, repr=False)

    @property
    def pairs(self) -> Sequence[Asked]:
        """In the order to be shown."""
        return self.queue.pairs

    def shown(self, study: Study, at: int) -> reviews.Shown | None:
        """The pair at a place, opened once; None past the end. Pairs that are gone leave the queue."""
        while at < len(self.queue.pairs):
            if at not in self.ahead:
                asked = self.queue.pairs[at]
                try:
                    self.ahead = {place: one for place, one in self.ahead.items() if place >= self.at}
                    self.ahead[at] = reviews.show(study, asked, self.queue.evidence(asked))
                except AmparoError as error:
                    if error.code not in _GONE:
                        raise
                    del self.queue.pairs[at]
                    continue
            return self.ahead[at]
        return None

    def is_at(self, records: Sequence[str]) -> bool:
        """Whether these are the records now to be judged: a form sent twice judges once."""
        return self.at < len(self.pairs) and self.pairs[self.at].records == tuple(records)

    def keep(self, verdict: str) -> None:
        """Go on to the next pair."""
        self.said.append((self.pairs[self.at], verdict))
        self.ahead.pop(self.at, None)
        self.at += 1

    def back(self) -> None:
        """To the pair judged last, to be judged again."""
        asked, _ = self.said.pop()
        self.at = self.queue.pairs.index(asked)
        self.ahead.clear()
