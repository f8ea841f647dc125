"""Who is signed in: each browser has a seat, and a seat holds the study as its person opens it."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from amparo.desk.shared import Shared
from amparo.errors import AmparoError
from amparo.study import store
from amparo.vault import folder, keyring
from amparo.vault.files import SLOTS
from amparo.vault.slots import Passphrase, WayIn

if TYPE_CHECKING:
    from amparo.study.context import Study
    from amparo.study.plan import Plan
    from amparo.vault.folder import Opened

IDLE = 15 * 60.0  # seconds without a request after which a seat is gone
LONGEST = 8 * 3600.0  # seconds after which a seat is gone whatever happens
FRESH = 5 * 60.0  # seconds for which a second factor counts as just shown
MOST_CHALLENGES = 64
# What counts as a failed try.
_WRONG = {"vault.wrong_passphrase", "vault.wrong_credential", "vault.shares_other"}
TRIES, PAUSE = 5, 30.0  # wrong passphrases of one handle before each further one waits so many seconds


@dataclass
class Seat:
    """One browser: the study as its person opens it. Times are of the monotonic clock, in seconds."""

    study: Study = field(repr=False)
    since: float
    seen: float
    proven: float | None = None  # when a second factor was last shown
    waiting: bool = False  # the passphrase was right, the second factor is still to come
    kept: dict[str, object] = field(default_factory=dict, repr=False)  # what the browser works on

    @property
    def handle(self) -> str:
        """Who sits here."""
        return self.study.user.handle

    def fresh(self, at: float) -> bool:
        """Whether a second factor was shown just now."""
        return self.proven is not None and at - self.proven <= FRESH


class Gate:
    """The one door to a study: opens it at the first sign-in, and knows every seat by its token."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Stand before the study's folder, which stays closed until somebody signs in."""
        self.path = path
        self._clock = clock
        self._guard = threading.RLock()
        self._stretching = threading.Lock()  # one passphrase at a time: each takes 256 MiB
        self._seats: dict[str, Seat] = {}
        self._failed: dict[str, list[float]] = {}
        self._challenges: list[bytes] = []
        self._writes = threading.RLock()
        self.shared = Shared()
        self._open = ExitStack()
        self._opened = False

    @property
    def founded(self) -> bool:
        """Whether a study lies where this gate stands."""
        return (self.path / SLOTS).exists()

    def found(self, plan: Plan, passphrase: str) -> None:
        """Make the study. Raises as `store.create`."""
        with self._guard:
            store.create(self.path, passphrase, plan)

    def now(self) -> float:
        """Seconds of the clock that seats are measured by."""
        return self._clock()

    def sign_in(self, way: WayIn, handle: str = "") -> str:
        """Open the study; gives the token of a seat. `handle` names whom failed tries are counted for.

        Raises the codes of `vault.folder.open_folder` and `store.study_in`, and `desk.too_many_tries`.
        """
        who = way.handle if isinstance(way, Passphrase) else handle
        self.slow_down(who)
        try:
            with self._stretching:
                opened = folder.open_folder(self.path, way)
        except AmparoError as error:
            if error.code in _WRONG:
                self.failed(who)
            raise
        with self._guard:
            self._failed.pop(who, None)
        return self.admit(self._study(opened))

    def expect(self, challenge: bytes) -> None:
        """Remember a challenge that was sent to a browser nobody has signed in with yet."""
        with self._guard:
            self._challenges = [*self._challenges[-MOST_CHALLENGES:], challenge]

    def expected(self) -> list[bytes]:
        """The challenges that were sent; each is good once."""
        with self._guard:
            sent, self._challenges = self._challenges, []
            return sent

    def failed(self, handle: str) -> None:
        """Count a wrong passphrase, code or key of a handle."""
        with self._guard:
            self._failed.setdefault(handle, []).append(self.now())

    def admit(self, study: Study) -> str:
        """A seat for who opened the study; gives its token."""
        token, now = secrets.token_urlsafe(32), self.now()
        with self._guard:
            self._seats[token] = Seat(study, now, now)
        return token

    def seat(self, token: str) -> Seat | None:
        """The seat of a token, with today's keys; None when it is gone by time, or its person left."""
        now = self.now()
        with self._guard:
            seat = self._seats.get(token)
            if seat is None:
                return None
            if now - seat.seen > IDLE or now - seat.since > LONGEST:
                self.leave(token)
                return None
            seat.seen = now
        try:
            seat.study = store.refreshed(seat.study)
        except AmparoError:
            self.leave(token)
            return None
        return seat

    def leave(self, token: str) -> None:
        """Give the seat up; the study's keys of its person go with it."""
        with self._guard:
            self._seats.pop(token, None)
            self._forget()

    def leave_all(self, handle: str) -> None:
        """Give up every seat of somebody."""
        with self._guard:
            for token in [token for token, seat in self._seats.items() if seat.handle == handle]:
                self._seats.pop(token)
            self._forget()

    def _forget(self) -> None:
        """Where nobody sits any more, nothing that was opened stays."""
        if not self._seats:
            self.shared.forget()

    @contextmanager
    def writing(self) -> Generator[None]:
        """One writer at a time: what was seen and what is written on it belong together."""
        with self._writes:
            yield

    def keep_only(self, kept: Seat) -> None:
        """Give up every other seat of whoever sits here."""
        with self._guard:
            for token, seat in list(self._seats.items()):
                if seat.handle == kept.handle and seat is not kept:
                    self._seats.pop(token)

    def close(self) -> None:
        """Give every seat up and close the study."""
        with self._guard:
            self._seats.clear()
            self.shared.forget()
            self._open.close()
            self._opened = False
        keyring.drop()

    def _study(self, opened: Opened) -> Study:
        """The study as one person opens it; the first one upgrades, settles and locks it for this process."""
        with self._guard:
            if self._opened:
                return store.joined(opened)
            study = self._open.enter_context(store.study_in(opened))
            self._opened = True
            return study

    def slow_down(self, handle: str) -> None:
        """Refuse a handle that failed too often just now. Raises `desk.too_many_tries`."""
        with self._guard:
            failed = [at for at in self._failed.get(handle, []) if self.now() - at < PAUSE * TRIES]
            self._failed[handle] = failed
            if len(failed) >= TRIES and self.now() - failed[-1] < PAUSE:
                raise AmparoError("desk.too_many_tries", seconds=round(PAUSE - (self.now() - failed[-1])))
