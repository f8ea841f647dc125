from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from amparo.errors import AmparoError
from amparo.study.store import Study
from amparo.vault import age

ONE, TWO = age.public(age.new_identity()), age.public(age.new_identity())


@pytest.fixture
def services() -> Any:
    """Importable only once Django's settings stand."""
    from amparo.study.safekeeping import services

    return services


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


def acts() -> list[tuple[str, dict[str, Any]]]:
    from amparo.study.accounts.models import AuditLine

    return list(AuditLine.objects.order_by("seq").values_list("act", "facts"))


def verified(study: Study) -> int:
    from amparo.study.verification import verify_log

    return verify_log(study).covered


def later(services: Any, monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    now = services.now
    monkeypatch.setattr(services, "now", lambda: now() + timedelta(days=days))


def test_each_change_of_recipients_is_an_act(study: Study, services: Any) -> None:
    services.add_recipient(study, " caja fuerte ", ONE)
    services.add_recipient(study, "abogada", f"{TWO}\n")
    services.remove_recipient(study, "caja fuerte")
    assert [(each.label, each.key) for each in services.recipients()] == [("abogada", TWO)]
    services.add_recipient(study, "caja fuerte", ONE)
    assert [act for act, _ in acts()[-4:]] == [
        "backup.recipient_added",
        "backup.recipient_added",
        "backup.recipient_removed",
        "backup.recipient_added",
    ]
    assert acts()[-1][1] == {"recipient": "caja fuerte"}
    assert verified(study)


@pytest.mark.parametrize(
    ("label", "key", "code"),
    [
        ("otra", ONE, "safekeeping.recipient_known"),
        ("caja", TWO, "safekeeping.recipient_known"),
        ("", TWO, "safekeeping.bad_label"),
        ("otra", "age1nothing", "vault.bad_recipient"),
        ("otra", age.new_identity(), "vault.bad_recipient"),
    ],
    ids=["same key", "same label", "no label", "no key", "secret key"],
)
def test_a_recipient_that_cannot_be_is_refused(
    study: Study, services: Any, label: str, key: str, code: str
) -> None:
    services.add_recipient(study, "caja", ONE)
    before = acts()
    with pytest.raises(AmparoError) as raised:
        services.add_recipient(study, label, key)
    assert (raised.value.code, acts()) == (code, before)
    assert "AGE-SECRET" not in str(raised.value.facts)


def test_an_unknown_recipient_is_told_with_the_known_ones(study: Study, services: Any) -> None:
    services.add_recipient(study, "caja", ONE)
    with pytest.raises(AmparoError) as raised:
        services.remove_recipient(study, "cajon")
    assert raised.value.facts == {"label": "cajon", "known": ["caja"]}


def test_only_who_administers_chooses_recipients_and_anybody_backs_up(
    study: Study, services: Any, disk: Path
) -> None:
    services.add_recipient(study, "caja", ONE)
    study.user.roles = ["counts"]
    for attempt in (
        lambda: services.add_recipient(study, "otra", TWO),
        lambda: services.remove_recipient(study, "caja"),
    ):
        with pytest.raises(AmparoError, match=r"accounts\.not_allowed"):
            attempt()
    assert services.back_up(study, disk).path.exists()


def test_a_backup_needs_two_who_can_open_it(study: Study, services: Any, disk: Path) -> None:
    study.facts.synthetic = False
    for number, key in enumerate((ONE, TWO)):
        with pytest.raises(AmparoError) as raised:
            services.back_up(study, disk)
        assert raised.value.facts == {"number": number, "least": 2}
        assert not list(disk.iterdir())
        services.add_recipient(study, f"clave {number}", key)
    made = services.back_up(study, disk)
    act, facts = acts()[-1]
    assert act == services.MADE
    assert facts == {
        "file": made.path.name,
        "bytes": made.size,
        "head": len(acts()) - 1,
        "recipients": 2,
    }
    assert made.manifest.head.seq == len(acts()) - 1
    assert verified(study)


def test_a_backup_that_failed_is_no_act(study: Study, services: Any, tmp_path: Path) -> None:
    services.add_recipient(study, "caja", ONE)
    before = acts()
    with pytest.raises(AmparoError, match=r"vault\.no_folder"):
        services.back_up(study, tmp_path / "absent")
    assert acts() == before
    assert services.last_made() is None


def test_what_is_wanted_is_made_when_it_is_due_and_something_was_done(
    study: Study, services: Any, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.add_recipient(study, "caja", ONE)
    assert services.due(study, 0) is None  # not wanted
    services.schedule(study, 7, disk)
    now = len(acts())
    assert services.due(study, now) is None  # nothing was done
    made = services.due(study, now - 1)
    assert made is not None
    assert made.written.path.parent == disk
    assert not made.issues
    services.add_recipient(study, "otra", TWO)
    assert services.due(study, now) is None  # the last one is young
    later(services, monkeypatch, 7)
    assert services.due(study, now).written
    assert len(list(disk.glob("*.age"))) == 2
    later(services, monkeypatch, 8)
    services.schedule(study, 0, disk)
    assert services.scheduled() is None
    assert services.due(study, now) is None  # not wanted any more
    assert verified(study)


def test_what_is_due_and_cannot_be_made_is_told_and_does_not_raise(
    study: Study, services: Any, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.add_recipient(study, "caja", ONE)
    services.schedule(study, 1, disk)
    assert services.due(study, 0).written
    day = services.last_made().date()
    later(services, monkeypatch, 2)
    for path in disk.iterdir():
        path.unlink()
    disk.rmdir()
    failed = services.due(study, 0)
    assert failed.written is None
    assert [issue.code for issue in failed.issues] == ["safekeeping.overdue", "vault.no_folder"]
    assert failed.issues[0].facts == {"day": day}
    services.remove_recipient(study, "caja")
    assert services.due(study, 0).issues[1].code == "safekeeping.few_recipients"


def test_days_out_of_bounds_are_refused(study: Study, services: Any, disk: Path) -> None:
    before = acts()
    with pytest.raises(AmparoError, match=r"safekeeping\.bad_days"):
        services.schedule(study, -1, disk)
    assert acts() == before
