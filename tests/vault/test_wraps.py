"""Each kind of slot opens by its own way in, and by nothing else."""

from typing import Any

import msgspec
import pytest

from amparo.errors import AmparoError
from amparo.vault import age, wraps
from amparo.vault.keypair import KeyPair, seal_box
from amparo.vault.wraps import Identity, Passphrase, Prf, Secrets, Shares

STUDY, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2
HELD = Secrets(bytes(range(32)), bytes(range(32, 64)))
WORDS = Passphrase("una frase de ejemplo", "marta")
SECRET_KEY, OTHER_KEY = age.new_identity(), age.new_identity()
CREDENTIAL = Prf(b"synthetic credential", bytes(range(64, 96)))
RECOVERY = wraps.new_recovery(STUDY, HELD.root_key)
SLOTS: dict[str, tuple[wraps.Slot, wraps.WayIn]] = {
    "passphrase": (wraps.passphrase_slot(STUDY, HELD, WORDS), WORDS),
    "recipient": (wraps.recipient_slot(STUDY, HELD, age.public(SECRET_KEY), "marta"), Identity(SECRET_KEY)),
    "prf": (wraps.prf_slot(STUDY, HELD, CREDENTIAL, wraps.new_salt(), "marta"), CREDENTIAL),
    "recovery": (RECOVERY.slot, Shares(RECOVERY.shares[1:])),
}
KINDS = pytest.mark.parametrize("kind", SLOTS)


def opened(study: str, slot: wraps.Slot, way: wraps.WayIn) -> Secrets | None:
    """What the way in gets of this slot, by the two steps that opening takes."""
    for one in wraps.tried(study, (slot,), way):
        return wraps.unwrap(study, one, way)
    return None


@KINDS
def test_a_slot_opens_by_its_own_way_in(kind: str) -> None:
    slot, way = SLOTS[kind]
    held = opened(STUDY, slot, way)
    assert held
    assert held.root_key == HELD.root_key
    assert wraps.fault(slot) is None
    assert all(secret not in msgspec.json.encode(slot) for secret in held)
    if kind == "recovery":
        # The principal has a key of its own, which the shares open and others can seal to.
        other = wraps.new_recovery(STUDY, HELD.root_key)
        assert other.pair.public_key != RECOVERY.pair.public_key
        assert held.user_key not in HELD
        sealed = seal_box(RECOVERY.slot.public_key, b"synthetic")
        assert KeyPair(held.user_key, STUDY).open_box(sealed) == b"synthetic"
        assert RECOVERY.pair.public_key == RECOVERY.slot.public_key
    else:
        assert held == HELD


@KINDS
def test_a_slot_opens_in_its_own_study_only(kind: str) -> None:
    slot, way = SLOTS[kind]
    assert wraps.unwrap(OTHER, slot, way) is None


@KINDS
def test_a_slot_whose_words_were_changed_does_not_open(kind: str) -> None:
    slot, way = SLOTS[kind]
    for change in ({"slot": "0" * 16}, {"owner": "0" * 16}):
        assert wraps.unwrap(STUDY, msgspec.structs.replace(slot, **change), way) is None


@KINDS
def test_a_changed_byte_of_what_is_wrapped_does_not_open(kind: str) -> None:
    slot, way = SLOTS[kind]
    for at in range(0, len(slot.wrapped), 1 if kind in {"recovery", "prf"} else 7):
        wrapped = bytearray(slot.wrapped)
        wrapped[at] ^= 1
        assert wraps.unwrap(STUDY, msgspec.structs.replace(slot, wrapped=bytes(wrapped)), way) is None


def test_a_wrong_way_of_the_right_kind_opens_nothing() -> None:
    other = wraps.new_recovery(STUDY, HELD.root_key)
    prf, recipient = SLOTS["prf"][0], SLOTS["recipient"][0]
    assert opened(STUDY, prf, CREDENTIAL._replace(output=bytes(32))) is None
    assert wraps.tried(STUDY, (prf,), CREDENTIAL._replace(credential=b"another")) == []
    assert wraps.tried(STUDY, (recipient,), Identity(OTHER_KEY)) == []
    assert wraps.unwrap(STUDY, recipient, Identity(OTHER_KEY)) is None
    assert opened(STUDY, SLOTS["passphrase"][0], WORDS._replace(text="otra frase de ejemplo")) is None
    with pytest.raises(AmparoError, match=r"vault\.shares_other"):
        wraps.tried(STUDY, (RECOVERY.slot,), Shares(other.shares[:2]))
    with pytest.raises(AmparoError, match=r"vault\.shares_apart"):
        opened(STUDY, RECOVERY.slot, Shares((RECOVERY.shares[0], other.shares[1])))
    with pytest.raises(AmparoError, match=r"vault\.shares_few"):
        opened(STUDY, RECOVERY.slot, Shares(RECOVERY.shares[:1]))
    with pytest.raises(AmparoError, match=r"vault\.no_recovery"):
        wraps.tried(STUDY, (prf,), Shares(RECOVERY.shares[:2]))
    with pytest.raises(AmparoError, match=r"vault\.bad_identity"):
        wraps.tried(STUDY, (recipient,), Identity("synthetic"))


def test_a_passphrase_finds_its_slot_by_the_handle() -> None:
    marta = SLOTS["passphrase"][0]
    jose = wraps.passphrase_slot(STUDY, HELD, WORDS._replace(handle="jose\u0301"))
    both = (marta, jose, *(slot for slot, _ in SLOTS.values()))
    # Composed and decomposed spelling are the same handle.
    assert wraps.tried(STUDY, both, WORDS._replace(handle="jos\u00e9")) == [jose]
    assert wraps.tried(STUDY, both, WORDS._replace(handle="nobody")) == []
    assert wraps.tried(STUDY, (marta, *both[3:]), Passphrase(WORDS.text)) == [marta]
    with pytest.raises(AmparoError, match=r"vault\.which_user"):
        wraps.tried(STUDY, both, Passphrase(WORDS.text))
    # Whose slot it is shows to who knows the handle, in this study.
    assert marta.owner == wraps.label(STUDY, "marta") != wraps.label(OTHER, "marta")
    assert b"marta" not in msgspec.json.encode(both)


@pytest.mark.parametrize(
    ("kind", "trap"),
    [
        ("prf", {"salt": b"short"}),
        ("prf", {"credential": b""}),
        ("prf", {"credential": bytes(1024)}),
        ("prf", {"wrapped": b""}),
        ("recovery", {"public_key": bytes(31)}),
        ("recovery", {"wrapped": bytes(60)}),
        ("recipient", {"recipient": "age1synthetic"}),
        ("recipient", {"recipient": SECRET_KEY}),
        ("recipient", {"wrapped": bytes(5000)}),
        ("passphrase", {"wrapped": bytes(70)}),
    ],
)
def test_a_slot_of_a_shape_that_is_never_written_is_refused(kind: str, trap: dict[str, Any]) -> None:
    assert wraps.fault(msgspec.structs.replace(SLOTS[kind][0], **trap)) == "vault.slots_tampered"


def test_only_a_public_key_is_taken_as_a_recipient() -> None:
    for wrong in ("", "age1qqq", SECRET_KEY, "ssh-ed25519 AAAA"):
        with pytest.raises(AmparoError, match=r"vault\.bad_recipient"):
            wraps.recipient_slot(STUDY, HELD, wrong, "marta")
