"""How many recipients a backup needs, what they are called, and when one is due. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from amparo.errors import AmparoError

# A lost key must not cost the organisation its study, so no single one may decide it.
LEAST_RECIPIENTS = 2
LONGEST_LABEL = 64
LONGEST_WAIT = 366  # days


def check_recipients(number: int, *, synthetic: bool) -> None:
    """Raise `safekeeping.few_recipients` for less than two; a synthetic study does with one."""
    least = 1 if synthetic else LEAST_RECIPIENTS
    if number < least:
        raise AmparoError("safekeeping.few_recipients", number=number, least=least)


def check_label(label: str, taken: Sequence[str]) -> str:
    """The label as it is kept. Raises `safekeeping.bad_label`, `safekeeping.recipient_known`."""
    label = label.strip()
    if not (0 < len(label) <= LONGEST_LABEL and label.isprintable()):
        raise AmparoError("safekeeping.bad_label", longest=LONGEST_LABEL)
    if label in taken:
        raise AmparoError("safekeeping.recipient_known", label=label)
    return label


def check_days(days: int) -> None:
    """Raise `safekeeping.bad_days` outside of 0 (never) to a year."""
    if not 0 <= days <= LONGEST_WAIT:
        raise AmparoError("safekeeping.bad_days", days=days, longest=LONGEST_WAIT)


def is_due(days: int, last: datetime | None, now: datetime) -> bool:
    """Whether a backup wanted every so many days (0: never) is due; a clock set back makes none."""
    return days > 0 and (last is None or now - last >= timedelta(days=days))
