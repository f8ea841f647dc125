import base64
import hashlib
import itertools
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest

from amparo.errors import AmparoError
from amparo.vault import age, backup, folder, slots, sqlcipher, wraps
from amparo.vault.envelope import new_key
from amparo.vault.keypair import seal_box
from amparo.vault.keys import derive
from amparo.vault.slots import Passphrase, Secrets

IDENTITY = age.new_identity()


class Full(NamedTuple):
    study: folder.Opened
    shares: tuple[str, ...]
    prf: slots.Prf


@pytest.fixture
def full(study: folder.Opened) -> Full:
    """The study with a way in of every kind."""
    recovery = slots.new_recovery(study.study_id, study.secrets.root_key)
    prf = slots.Prf(b"synthetic credential", bytes(range(32)))
    folder.add_slot(study, recovery.slot)
    folder.add_slot(
        study, slots.recipient_slot(study.study_id, study.secrets, age.public(IDENTITY), slots.FOUNDER)
    )
    folder.add_slot(
        study, slots.prf_slot(study.study_id, study.secrets, prf, wraps.new_salt(), slots.FOUNDER)
    )
    return Full(study, recovery.shares, prf)


def forge(path: Path, header: slots.Header) -> None:
    """What somebody without the root key can write: any header, its checksum mended, its code as it was."""
    header = msgspec.structs.replace(header, checksum=slots._checksum(header))
    (path / "slots.json").write_bytes(slots._encode(header))


def rewrite(study: folder.Opened, **changes: Any) -> None:
    """What somebody with the file but without the root key can do: change the slot, mend the checksum."""
    path = study.path / "slots.json"
    document = msgspec.json.decode(path.read_bytes())
    document["slots"][0] |= changes
    document["checksum"] = ""
    checksum = hashlib.sha256(msgspec.json.encode(document)).digest()
    document["checksum"] = base64.b64encode(checksum).decode()
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")


def code_of_opening(study: folder.Opened, way: slots.WayIn) -> str:
    return code_of_opening_at(study.path, way)


def code_of_opening_at(path: Path, way: slots.WayIn) -> str:
    with pytest.raises(AmparoError) as raised:
        folder.open_folder(path, way)
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


@pytest.mark.parametrize("travelling", [False, True])
def test_any_changed_byte_of_the_slot_file_is_refused(full: Full, travelling: bool) -> None:
    if travelling:
        folder.park(full.study)
    path = full.study.path / "slots.json"
    whole = path.read_bytes()
    draw = np.random.default_rng(7)
    for at in range(int(draw.integers(4)), len(whole), 4):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ int(draw.integers(1, 256))]) + whole[at + 1 :])
        with pytest.raises(AmparoError, match=r"vault\.(slots_tampered|newer)"):
            slots.read(full.study.path)
    for cut in range(0, len(whole), 11):
        path.write_bytes(whole[:cut])
        with pytest.raises(AmparoError, match=r"vault\.slots_tampered"):
            slots.read(full.study.path)


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
        slots.passphrase_slot(study.study_id, study.secrets, passphrase._replace(text="corta"))
    # Composed and decomposed spelling are the same passphrase.
    new = passphrase._replace(text="ma\u00f1ana sin lluvia dos")
    fresh = slots.passphrase_slot(study.study_id, study.secrets, new)
    assert folder.swap_slots(study, {before.slot: fresh}) == 2
    assert code_of_opening(study, passphrase) == "vault.wrong_passphrase"
    opened = folder.open_folder(study.path, passphrase._replace(text="man\u0303ana sin lluvia dos"))
    assert opened.secrets == study.secrets
    assert study.database.read_bytes() == database


def test_a_handle_without_a_slot_costs_what_a_wrong_passphrase_costs(
    study: folder.Opened, passphrase: Passphrase, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = []

    def pay(secret: bytes, salt: bytes, *costs: Any) -> bytes:
        paid.append((len(salt), *costs))
        return bytes(32)

    monkeypatch.setattr(wraps, "hash_secret_raw", pay)
    recipient = slots.recipient_slot(study.study_id, study.secrets, age.public(IDENTITY), "lawyer")
    folder.add_slot(study, recipient)
    told = {
        code_of_opening(study, way)
        for way in (
            passphrase._replace(text="otra frase de paso"),
            passphrase._replace(handle="nobody"),
            passphrase._replace(handle="lawyer"),
            passphrase._replace(handle=slots.RECOVERY),
        )
    }
    assert told == {"vault.wrong_passphrase"}
    assert len(paid) == 4
    assert len(set(paid)) == 1


def test_several_people_open_with_their_own_passphrases(study: folder.Opened, passphrase: Passphrase) -> None:
    marta = Secrets(study.secrets.root_key, new_key())
    way = Passphrase("cuatro palabras sin nada", "marta")
    folder.add_slot(study, slots.passphrase_slot(study.study_id, marta, way))
    assert folder.open_folder(study.path, way).secrets == marta
    for wrong in (way._replace(handle="owner"), passphrase._replace(handle="marta")):
        assert code_of_opening(study, wrong) == "vault.wrong_passphrase"
    assert code_of_opening(study, way._replace(handle="")) == "vault.which_user"
    # One passphrase a person; nobody is overwritten by an addition.
    with pytest.raises(AmparoError, match=r"vault\.slot_taken"):
        folder.add_slot(study, slots.passphrase_slot(study.study_id, study.secrets, way))
    folder.keep_slots_of(study, ["marta"])
    assert [slot.owner for slot in slots.read(study.path).slots] == [slots.label(study.study_id, "marta")]
    generation = slots.read(study.path).generation
    folder.keep_slots_of(study, ["marta"])
    assert slots.read(study.path).generation == generation


def test_the_last_way_in_is_not_removed(study: folder.Opened) -> None:
    (only,) = slots.read(study.path).slots
    before = (study.path / "slots.json").read_bytes()
    with pytest.raises(AmparoError, match=r"vault\.last_slot"):
        folder.remove_slot(study, only.slot)
    with pytest.raises(AmparoError, match=r"vault\.last_slot"):
        folder.keep_slots_of(study, ["nobody"])
    with pytest.raises(AmparoError, match=r"vault\.no_slot"):
        folder.remove_slot(study, "0" * 16)
    with pytest.raises(AmparoError, match=r"vault\.no_slot"):
        folder.swap_slots(study, {"0" * 16: only})
    assert (study.path / "slots.json").read_bytes() == before


def test_every_kind_of_slot_opens_the_study(full: Full, passphrase: Passphrase) -> None:
    study, shares, prf = full
    own = (passphrase, slots.Identity(f"# synthetic\n{IDENTITY}\n"), prf)
    assert [folder.open_folder(study.path, way).secrets for way in own] == [study.secrets] * 3
    for two in itertools.permutations(shares, 2):
        opened = folder.open_folder(study.path, slots.Shares(two))
        assert opened.secrets.root_key == study.secrets.root_key
        assert opened.secrets.user_key != study.secrets.user_key
    wrong = {
        slots.Shares(slots.new_recovery(study.study_id, bytes(32)).shares[:2]): "vault.shares_other",
        slots.Shares(shares[:1]): "vault.shares_few",
        slots.Identity(age.new_identity()): "vault.wrong_identity",
        prf._replace(output=bytes(32)): "vault.wrong_credential",
        prf._replace(credential=b"other"): "vault.wrong_credential",
    }
    assert {way: code_of_opening(study, way) for way in wrong} == wrong


def test_without_the_root_key_no_slot_is_added_removed_swapped_or_told_to_be_anothers(
    full: Full, passphrase: Passphrase, tmp_path: Path
) -> None:
    study = full.study
    whole = slots.read(study.path)
    foreign = slots.passphrase_slot(
        study.study_id, Secrets(new_key(), new_key()), Passphrase("una frase del ladron", slots.FOUNDER)
    )
    first, second, *rest = whole.slots
    forgeries = {
        "added": (*whole.slots, foreign),
        "removed": whole.slots[:-1],
        "moved": (second, first, *rest),
        "swapped": (foreign, *whole.slots[1:]),
        "re-labelled": (msgspec.structs.replace(first, owner=second.owner), second, *rest),
    }
    for name, forged in forgeries.items():
        changed = msgspec.structs.replace(whole, slots=forged)
        forge(study.path, changed)
        assert slots.read(study.path).slots == forged, name  # nothing but the key tells
        for attempt in (
            lambda: folder.open_with_key(study.path, study.secrets),
            lambda: folder.open_folder(study.path, slots.Identity(IDENTITY)),
            lambda: folder.open_folder(study.path, slots.Shares(full.shares[:2])),
            # Nor does a change by somebody with the key make a forgery good.
            lambda: folder.remove_slot(study, whole.slots[-1].slot),
            lambda: folder.park(study),
        ):
            with pytest.raises(AmparoError, match=r"vault\.(slots_tampered|no_slot|wrong_credential)"):
                attempt()
    for field, value in (("generation", whole.generation + 1), ("study", "0" * 32), ("parked", b"x")):
        forge(study.path, msgspec.structs.replace(whole, **{field: value}))
        with pytest.raises(AmparoError, match=r"vault\.slots_tampered"):
            folder.open_with_key(study.path, study.secrets)
    slots.write(study.path, whole, study.secrets.root_key)
    assert folder.open_folder(study.path, passphrase).secrets == study.secrets


def test_an_older_slot_file_put_back_shows_by_its_generation(
    study: folder.Opened, passphrase: Passphrase
) -> None:
    assert slots.read(study.path).generation == 1
    old = (study.path / "slots.json").read_bytes()
    (before,) = slots.read(study.path).slots
    fresh = slots.passphrase_slot(
        study.study_id, study.secrets, passphrase._replace(text="otra frase de paso")
    )
    told = [
        folder.swap_slots(study, {before.slot: fresh}),
        folder.add_slot(study, slots.new_recovery(study.study_id, study.secrets.root_key).slot),
        folder.park(study),
    ]
    assert told == [2, 3, 4]
    assert slots.read(study.path).generation == 4
    # It opens as it did then: the number is what tells, and nobody without the root key writes another.
    (study.path / "slots.json").write_bytes(old)
    folder.open_folder(study.path, passphrase)
    assert slots.read(study.path).generation == 1


def test_a_study_travels_and_comes_back(full: Full, passphrase: Passphrase) -> None:
    study, shares, prf = full
    copy = backup.snapshot(study)
    before = slots.read(study.path)
    folder.park(study)
    for place in (study.path, copy):
        header = slots.read(place)
        assert [type(slot) for slot in header.slots] == [slots.RecoverySlot]
        text = (place / "slots.json").read_bytes()
        for slot in before.slots[:1] + before.slots[2:]:
            assert slot.slot.encode() not in text
        for way in (passphrase, slots.Identity(IDENTITY), prf):
            with pytest.raises(AmparoError, match=r"vault\.travelling"):
                folder.open_folder(place, way)
    for act in (
        lambda: folder.park(study),
        lambda: folder.add_slot(study, before.slots[0]),
        lambda: folder.remove_slot(study, before.slots[1].slot),
        lambda: folder.swap_slots(study, {}),
        lambda: folder.replace_slots_of(study, slots.FOUNDER, before.slots[0]),
    ):
        with pytest.raises(AmparoError, match=r"vault\.travelling"):
            act()
    # Who has the root key but not the shares does not bring them back.
    with pytest.raises(AmparoError, match=r"vault\.tampered"):
        folder.unpark(study)
    returned = folder.open_folder(study.path, slots.Shares((shares[2], shares[0])))
    folder.unpark(returned)
    after = slots.read(study.path)
    assert set(after.slots) == set(before.slots)
    assert after.generation == before.generation + 2
    for place in (study.path, copy):
        for way in (passphrase, slots.Identity(IDENTITY), prf):
            assert folder.open_folder(place, way).secrets == study.secrets
    with pytest.raises(AmparoError, match=r"vault\.not_travelling"):
        folder.unpark(returned)


def test_without_recovery_shares_no_study_travels(study: folder.Opened) -> None:
    before = (study.path / "slots.json").read_bytes()
    with pytest.raises(AmparoError, match=r"vault\.no_recovery"):
        folder.park(study)
    assert (study.path / "slots.json").read_bytes() == before


def test_what_is_parked_cannot_be_exchanged(full: Full) -> None:
    folder.park(full.study)
    header = slots.read(full.study.path)
    (staying,) = header.slots
    assert isinstance(staying, slots.RecoverySlot)
    forge(full.study.path, msgspec.structs.replace(header, parked=seal_box(staying.public_key, b"[]")))
    with pytest.raises(AmparoError, match=r"vault\.slots_tampered"):
        folder.open_folder(full.study.path, slots.Shares(full.shares[:2]))


def test_old_slots_are_overwritten_where_they_stood(study: folder.Opened) -> None:
    (old,) = slots.read(study.path).slots
    with (study.path / "slots.json").open("rb") as file:
        assert old.slot.encode() in file.read()
        folder.replace_slots_of(
            study,
            slots.FOUNDER,
            slots.recipient_slot(study.study_id, study.secrets, age.public(IDENTITY), slots.FOUNDER),
        )
        file.seek(0)
        assert set(file.read()) == {0}


def test_a_file_linked_elsewhere_is_not_overwritten(study: folder.Opened, tmp_path: Path) -> None:
    whole = (study.path / "slots.json").read_bytes()
    os.link(study.path / "slots.json", tmp_path / "linked")
    folder.add_slot(study, slots.new_recovery(study.study_id, study.secrets.root_key).slot)
    assert (tmp_path / "linked").read_bytes() == whole


def test_a_study_of_the_first_slot_file_opens_and_gets_a_key_of_its_own(tmp_path: Path) -> None:
    """`slots-1.json` was written by the first Amparo for a study that never was."""
    root_key, way = bytes(range(32)), Passphrase("frase de un estudio inventado")
    path = tmp_path / "study"
    path.mkdir()
    shutil.copy(Path(__file__).parent / "data/slots-1.json", path / "slots.json")
    first = slots.read(path)
    assert (first.version, first.generation, first.study) == (1, 0, "0123456789abcdef" * 2)
    sqlcipher.connect(path / "study.db", derive(root_key, first.study, "database"), create=True).close()
    assert code_of_opening_at(path, way._replace(handle="marta")) == "vault.wrong_passphrase"
    assert slots.read(path) == first
    opened = folder.open_folder(path, way)
    assert opened.secrets.root_key == root_key
    assert len(opened.secrets.user_key) == 32
    second = slots.read(path)
    assert (second.version, second.generation) == (2, 1)
    assert [slot.owner for slot in second.slots] == [slots.label(first.study, slots.FOUNDER)]
    assert folder.open_folder(path, way._replace(handle=slots.FOUNDER)).secrets == opened.secrets
    # The file of the first Amparo is held to its root key like any other.
    forge(path, msgspec.structs.replace(first, mac=bytes(32)))
    with pytest.raises(AmparoError, match=r"vault\.slots_tampered"):
        folder.open_folder(path, way)
