"""The key pair of one person in one study: what is sealed to them, and what they sign.

Both halves come from the person's own key by HKDF: X25519 for sealed boxes (libsodium `crypto_box_seal`),
Ed25519 for signatures (RFC 8032).
"""

from __future__ import annotations

from nacl.exceptions import BadSignatureError, CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey

from amparo.errors import AmparoError
from amparo.vault.keys import derive


class KeyPair:
    """What a person's own 32-byte key can do in the study with this id."""

    def __init__(self, user_key: bytes, study_id: str) -> None:
        """Derive both halves."""
        self._box = PrivateKey(derive(user_key, study_id, "box"))
        self._signing = SigningKey(derive(user_key, study_id, "signature"))

    @property
    def public_key(self) -> bytes:
        """32 bytes to seal to."""
        return bytes(self._box.public_key)

    @property
    def verify_key(self) -> bytes:
        """32 bytes to check signatures with."""
        return bytes(self._signing.verify_key)

    def open_box(self, sealed: bytes) -> bytes:
        """What was sealed to this person. Raises `vault.tampered`."""
        try:
            return SealedBox(self._box).decrypt(sealed)
        except (CryptoError, ValueError, TypeError):
            raise AmparoError("vault.tampered", table="box", row="", field="") from None

    def sign(self, message: bytes) -> bytes:
        """64 bytes of signature."""
        return self._signing.sign(message).signature


def seal_box(public_key: bytes, content: bytes) -> bytes:
    """Seal to a person: nobody else opens it, not even who sealed it."""
    return SealedBox(PublicKey(public_key)).encrypt(content)


def is_signed(verify_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the person with this key signed the message."""
    try:
        VerifyKey(verify_key).verify(message, signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True
