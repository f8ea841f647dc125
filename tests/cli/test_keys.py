"""Verbs for the ways into a study, on a study without records."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from amparo.report.catalogue import languages, say
from amparo.study import store
from amparo.vault import age, folder, keyring, slots, wraps
from amparo.vault.slots import Passphrase, RecoverySlot

Amparo = Callable[..., Any]
NEW = "cuatro palabras muy nuevas"
IDENTITY = age.new_identity()


@pytest.fixture(scope="module", autouse=True)
def stretched_once() -> Iterator[None]:
    """Argon2id at its real cost, but once for each passphrase and salt."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wraps, "hash_secret_raw", functools.cache(wraps.hash_secret_raw))
        yield


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, lists: Any, amparo: Amparo
) -> tuple[Path, tuple[str, ...]]:
    """A study with recovery shares, and the shares."""
    study = tmp_path_factory.mktemp("keys") / "study"
    assert amparo("new", study, "--from", lists.plan).code == 0
    with store.study_in(
        folder.open_folder(study, Passphrase(lists.passphrase.read_text().strip()))
    ) as opened:
        from amparo.study.accounts.ways import keep_recovery

        recovery = slots.new_recovery(opened.opened.study_id, opened.opened.secrets.root_key)
        keep_recovery(opened, recovery)
    keyring.drop()
    return study, recovery.shares


@pytest.fixture
def study(made: tuple[Path, tuple[str, ...]], tmp_path: Path) -> Path:
    (tmp_path / "new").write_text(NEW)
    (tmp_path / "id").write_text(f"# synthetic\n{IDENTITY}\n")
    for number, share in enumerate(made[1], 1):
        (tmp_path / f"share{number}").write_text(share.upper())
    return shutil.copytree(made[0], tmp_path / "study")


def by(study: Path, *numbers: int) -> list[object]:
    """The words that name files of shares."""
    return [word for number in numbers for word in ("--share-file", study.parent / f"share{number}")]


def named(study: Path, kind: type) -> str:
    """The name of the one slot of a kind."""
    (slot,) = [slot for slot in slots.read(study).slots if isinstance(slot, kind)]
    return slot.slot


def lines(study: Path, way: slots.WayIn) -> list[tuple[str, dict[str, Any]]]:
    """Acts on keys in the audit chain, and that the chain ends at the slot file's generation."""
    with store.study_in(folder.open_folder(study, way)):
        from amparo.study.accounts.models import AuditLine

        found = list(AuditLine.objects.filter(act__startswith="keys.").order_by("seq"))
    assert found[-1].facts["generation"] == slots.read(study).generation
    return [(line.act, line.facts) for line in found]


def test_the_ways_in_are_listed_in_both_languages(amparo: Amparo, study: Path) -> None:
    for lang in languages():
        said = amparo("key", "list", study, lang=lang)
        assert said.code == 0
        for kind in ("passphrase", "recovery"):
            assert say(lang, f"slot.{kind}") in said.out
        assert named(study, RecoverySlot) in said.out
        assert "owner" in said.out


def test_a_passphrase_is_changed_and_the_old_one_opens_no_more(amparo: Amparo, study: Path) -> None:
    changed = amparo("key", "passphrase", study, "--new-passphrase-file", study.parent / "new")
    assert changed == (0, say("en", "cli.passphrase_changed") + "\n", "")
    assert amparo("key", "list", study).err == say("en", "vault.wrong_passphrase") + "\n"
    acts = lines(study, Passphrase(NEW, "owner"))
    assert acts[-1] == ("keys.changed", {"slot": named(study, slots.PassphraseSlot), "generation": 3})


def test_a_passphrase_too_short_or_the_same_changes_nothing(amparo: Amparo, study: Path, lists: Any) -> None:
    before = (study / "slots.json").read_bytes()
    (study.parent / "short").write_text("corta")
    short = amparo("key", "passphrase", study, "--new-passphrase-file", study.parent / "short")
    assert short == (5, "", say("en", "vault.passphrase_short", minimum=12) + "\n")
    same = amparo("key", "passphrase", study, "--new-passphrase-file", lists.passphrase, lang="es")
    assert same == (3, "", say("es", "cli.same_passphrase") + "\n")
    assert (study / "slots.json").read_bytes() == before


def test_an_age_key_is_added_opens_the_study_and_is_removed(amparo: Amparo, study: Path) -> None:
    added = amparo("key", "add", study, "--recipient", age.public(IDENTITY))
    slot = named(study, slots.RecipientSlot)
    assert added == (0, say("en", "cli.key_added", slot=slot) + "\n", "")
    identity = ["--identity", study.parent / "id"]
    assert amparo("key", "list", study, *identity, opens=False).code == 0
    # Whoever forgot the passphrase gives themselves a new one.
    new = ["--new-passphrase-file", study.parent / "new"]
    assert amparo("key", "passphrase", study, *identity, *new, opens=False).code == 0
    removed = amparo("key", "remove", study, slot, "--passphrase-file", study.parent / "new", opens=False)
    assert removed == (0, say("en", "cli.key_removed", slot=slot) + "\n", "")
    assert amparo("key", "list", study, *identity, opens=False, lang="es") == (
        5,
        "",
        say("es", "vault.wrong_identity") + "\n",
    )
    acts = [act for act, _ in lines(study, Passphrase(NEW, "owner"))]
    assert acts[-3:] == ["keys.added", "keys.changed", "keys.removed"]
    bad = amparo(
        "key", "add", study, "--recipient", IDENTITY, "--passphrase-file", study.parent / "new", opens=False
    )
    assert bad.code == 5
    assert IDENTITY not in bad.err


def test_an_age_key_is_made_where_there_is_none(amparo: Amparo, study: Path) -> None:
    file = study.parent / "made"
    added = amparo("key", "add", study, "--make", file)
    told = (
        say("en", "cli.key_added", slot=named(study, slots.RecipientSlot)),
        say("en", "cli.key_made", file=str(file)),
    )
    assert added == (0, "\n".join(told) + "\n", "")
    assert file.stat().st_mode & 0o077 == 0
    assert amparo("key", "list", study, "--identity", file, opens=False).code == 0
    taken = amparo("key", "add", study, "--make", file)
    assert taken.err == say("en", "cli.file_taken", file=str(file)) + "\n"
    for words in ((), ("--make", study.parent / "other", "--recipient", age.public(IDENTITY))):
        assert amparo("key", "add", study, *words) == (3, "", say("en", "cli.recipient_or_make") + "\n")
    assert not (study.parent / "other").exists()


def test_rotation_wraps_the_same_keys_with_new_salts(amparo: Amparo, study: Path) -> None:
    amparo("key", "add", study, "--recipient", age.public(IDENTITY))
    before = slots.read(study)
    assert amparo("key", "rotate", study) == (0, say("en", "cli.keys_rotated", number=2) + "\n", "")
    after = slots.read(study)
    kept = {type(slot) for slot in before.slots if slot in after.slots}
    assert kept == {RecoverySlot}
    assert len(after.slots) == len(before.slots)
    assert amparo("key", "list", study).code == 0


def test_two_shares_give_somebody_a_new_passphrase(amparo: Amparo, study: Path) -> None:
    new = ["--new-passphrase-file", study.parent / "new"]
    one = amparo("recover", study, "owner", *by(study, 2), *new, opens=False)
    assert one == (5, "", say("en", "vault.shares_few", needed=2) + "\n")
    words = (study.parent / "share2").read_text().split()
    (study.parent / "share2").write_text(
        " ".join(["ACADEMIC" if words[0] != "ACADEMIC" else "ACID", *words[1:]])
    )
    slip = amparo("recover", study, "owner", *by(study, 1, 2), *new, opens=False)
    assert slip == (5, "", say("en", "vault.share_mistyped", share=2, position=1) + "\n")
    nobody = amparo("recover", study, "nobody", *by(study, 1, 3), *new, opens=False)
    assert nobody.err == say("en", "accounts.unknown_user", user="nobody") + "\n"
    assert amparo("recover", study, "owner", *by(study, 1, 3), *new, opens=False).code == 0
    assert amparo("key", "list", study).code == 5
    assert amparo("verify", study, "--passphrase-file", study.parent / "new", opens=False).code == 0


@pytest.mark.parametrize("lang", languages())
def test_a_study_travels_and_is_brought_back(amparo: Amparo, study: Path, lists: Any, lang: str) -> None:
    away = amparo("travel", study, lang=lang)
    assert away == (0, say(lang, "cli.travelling", study=str(study), amparo="amparo") + "\n", "")
    for words in (("key", "list", study), ("verify", study), ("travel", study)):
        assert amparo(*words, lang=lang) == (5, "", say(lang, "vault.travelling", path=str(study)) + "\n")
    early = ["--new-passphrase-file", study.parent / "new"]
    assert amparo("recover", study, "owner", *by(study, 1, 2), *early, opens=False).code == 5
    back = amparo("travel", study, "--return", *by(study, 3, 1), opens=False, lang=lang)
    assert back == (0, say(lang, "cli.returned", study=str(study)) + "\n", "")
    assert amparo("verify", study).code == 0
    acts = lines(study, Passphrase(lists.passphrase.read_text().strip(), "owner"))
    assert [act for act, _ in acts[-2:]] == ["keys.parked", "keys.returned"]
    again = amparo("travel", study, "--return", *by(study, 3, 1), opens=False, lang=lang)
    assert again == (5, "", say(lang, "vault.not_travelling", path=str(study)) + "\n")


def test_without_recovery_shares_no_study_travels(amparo: Amparo, study: Path) -> None:
    assert amparo("key", "remove", study, named(study, RecoverySlot)).code == 0
    before = (study / "slots.json").read_bytes()
    assert amparo("travel", study) == (5, "", say("en", "vault.no_recovery") + "\n")
    assert (study / "slots.json").read_bytes() == before


def test_locking_ends_who_has_the_study_open(amparo: Amparo, study: Path, lists: Any) -> None:
    open_ = (
        "import sys, time, pathlib\n"
        "from amparo.vault import folder, slots\n"
        "folder.open_folder(pathlib.Path(sys.argv[1]), slots.Passphrase(sys.argv[2]))\n"
        "print('open', flush=True)\n"
        "time.sleep(600)\n"
    )
    command = [sys.executable, "-c", open_, str(study), lists.passphrase.read_text().strip()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"open\n"
        locked = amparo("lock", study, opens=False)
        assert locked == (0, say("en", "cli.locked", number=1, study=str(study)) + "\n", "")
        assert holder.wait(5) < 0
    again = amparo("lock", study, opens=False, lang="es")
    assert again == (0, say("es", "cli.locked", number=0, study=str(study)) + "\n", "")
    assert amparo("lock", study.parent, opens=False).code == 5
