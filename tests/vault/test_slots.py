import base64
import hashlib
from typing import Any

import msgspec
import numpy as np
import pytest

from amparo.errors import AmparoError
from amparo.vault import folder, slots, wraps
from amparo.vault.slots import Passphrase


def rewrite(study: folder.Opened, **changes: Any) -> None:
    """What somebody with the file but without the root key can do: change the slot, mend the checksum."""
    path = study.path / "slots.json"
    document = msgspec.json.decode(path.read_bytes())
    document["slots"][0] |= changes
    document["checksum"] = ""
    checksum = hashlib.sha256(msgspec.json.encode(document)).digest()
    document["checksum"] = base64.b64encode(checksum).decode()
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")


def code_of_opening(study: folder.Opened, passphrase: Passphrase) -> str:
    with pytest.raises(AmparoError) as raised:
        folder.open_folder(study.path, passphrase)
    return raised.value.code


def test_the_slot_costs_what_the_design_says(study: folder.Opened) -> None:
    (slot,) = slots.read(study.path).slots
    assert isinstance(slot, slots.PassphraseSlot)
    assert (slot.memory_kib, slot.passes) == (256 * 1024, 3)


@pytest.mark.parametrize("weaker", [{"memory_kib": 64 * 1024}, {"passes": 2}])
def test_a_downgraded_slot_is_refused_before_the_passphrase_is_tried(
    study: folder.Opened, passphrase: Passphrase, weaker: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wraps, "hash_secret_raw", lambda *_: pytest.fail("derived from a weak slot"))
    rewrite(study, **weaker)
    assert code_of_opening(study, passphrase) == "vault.slot_weak"


@pytest.mark.parametrize(
    "trap",
    [
        {"memory_kib": 2**40},
        {"passes": 2**31},
        {"lanes": 0},
        {"lanes": 2**20},
        {"salt": "AAAA"},
        {"wrapped": ""},
        {"kind": "unheard of"},
        {"memory_kib": "much"},
        {"extra": 1},
    ],
)
def test_a_slot_made_to_harm_is_refused(
    study: folder.Opened, passphrase: Passphrase, trap: dict[str, Any]
) -> None:
    rewrite(study, **trap)
    assert code_of_opening(study, passphrase) == "vault.slots_tampered"


def test_a_slot_with_another_cost_or_name_does_not_authenticate(
    study: folder.Opened, passphrase: Passphrase
) -> None:
    rewrite(study, slot="0" * 16)
    with pytest.raises(AmparoError, match=r"vault\.slots_tampered"):
        folder.open_with_key(study.path, study.secrets)
    assert code_of_opening(study, passphrase) == "vault.wrong_passphrase"


def test_a_header_of_another_root_key_is_refused(study: folder.Opened, passphrase: Passphrase) -> None:
    header = slots.read(study.path)
    slots.write(study.path, header, bytes(32))
    assert code_of_opening(study, passphrase) == "vault.slots_tampered"


def test_any_changed_byte_of_the_slot_file_is_refused(study: folder.Opened) -> None:
    path = study.path / "slots.json"
    whole = path.read_bytes()
    draw = np.random.default_rng(7)
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ int(draw.integers(1, 256))]) + whole[at + 1 :])
        with pytest.raises(AmparoError, match=r"vault\.(slots_tampered|newer)"):
            slots.read(study.path)
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with pytest.raises(AmparoError, match=r"vault\.slots_tampered"):
            slots.read(study.path)


def test_slots_of_a_newer_amparo_are_refused_as_such(study: folder.Opened) -> None:
    path = study.path / "slots.json"
    path.write_bytes(
        msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | {"version": slots.VERSION + 1})
    )
    with pytest.raises(AmparoError, match=r"vault\.newer"):
        slots.read(study.path)


def test_a_lost_slot_file_is_not_taken_for_a_missing_study(study: folder.Opened) -> None:
    (study.path / "slots.json").unlink()
    with pytest.raises(AmparoError, match=r"vault\.slots_tampered"):
        slots.read(study.path)


def test_after_a_change_the_old_passphrase_fails_and_the_new_one_opens_the_same_keys(
    study: folder.Opened, passphrase: Passphrase
) -> None:
    (before,) = slots.read(study.path).slots
    database = study.database.read_bytes()
    with pytest.raises(AmparoError, match=r"vault\.passphrase_short"):
        folder.change_passphrase(study.path, passphrase, "corta")
    assert slots.read(study.path).slots == (before,)
    # Composed and decomposed spelling are the same passphrase.
    folder.change_passphrase(study.path, passphrase, "ma\u00f1ana sin lluvia dos")
    assert code_of_opening(study, passphrase) == "vault.wrong_passphrase"
    opened = folder.open_folder(study.path, passphrase._replace(text="man\u0303ana sin lluvia dos"))
    assert opened.secrets == study.secrets
    assert study.database.read_bytes() == database
