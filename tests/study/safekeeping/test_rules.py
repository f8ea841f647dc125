from datetime import UTC, datetime, timedelta

import pytest

from amparo.errors import AmparoError
from amparo.study.safekeeping import rules

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "synthetic", "enough"),
    [
        (0, True, False),
        (1, True, True),
        (0, False, False),
        (1, False, False),
        (2, False, True),
        (3, False, True),
    ],
)
def test_how_many_recipients_are_enough(number: int, synthetic: bool, enough: bool) -> None:
    if enough:
        rules.check_recipients(number, synthetic=synthetic)
        return
    with pytest.raises(AmparoError) as raised:
        rules.check_recipients(number, synthetic=synthetic)
    assert raised.value.code == "safekeeping.few_recipients"
    assert raised.value.facts == {"number": number, "least": 1 if synthetic else 2}


@pytest.mark.parametrize("label", ["", "   ", "x" * 65, "two\nlines", "bell\a"])
def test_a_label_is_a_short_line(label: str) -> None:
    with pytest.raises(AmparoError, match=r"safekeeping\.bad_label"):
        rules.check_label(label, [])


def test_labels_tell_recipients_apart() -> None:
    assert rules.check_label(" caja fuerte ", ["abogada"]) == "caja fuerte"
    with pytest.raises(AmparoError, match=r"safekeeping\.recipient_known"):
        rules.check_label(" abogada", ["abogada"])


def test_backups_are_wanted_at_most_a_year_apart() -> None:
    for days in (0, 1, rules.LONGEST_WAIT):
        rules.check_days(days)
    for days in (-1, rules.LONGEST_WAIT + 1):
        with pytest.raises(AmparoError, match=r"safekeeping\.bad_days"):
            rules.check_days(days)


@pytest.mark.parametrize(
    ("days", "last", "due"),
    [
        (7, None, True),
        (7, NOW - timedelta(days=7), True),
        (7, NOW - timedelta(days=7) + timedelta(seconds=1), False),
        (7, NOW + timedelta(days=30), False),
        (0, None, False),
        (0, NOW - timedelta(days=900), False),
    ],
)
def test_when_a_backup_is_due(days: int, last: datetime | None, due: bool) -> None:
    assert rules.is_due(days, last, NOW) is due
