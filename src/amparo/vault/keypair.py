"""The key pair of one person in one study: what is sealed to them, and what they sign.

One Ed25519 key (RFC 8032) does both: libsodium turns it into the X25519 key of its sealed boxes
(`crypto_sign_ed25519_pk_to_curve25519`). So the key that the audit chain introduces and that checks a
person's signatures is also the only one anything is sealed to, and no other can be put in its place.
"""

from __future__ import annotations

from nacl.exceptions import BadSignatureError, CryptoError
from nacl.public import SealedBox
from nacl.signing import SigningKey, VerifyKey

from amparo.errors import AmparoError
from amparo.vault.keys import derive


class KeyPair:
    """What a person's own 32-byte key can do in the study with this id."""

    def __init__(self, user_key: bytes, study_id: str) -> None:
        """Derive the pair."""
        self._signing = SigningKey(derive(user_key, study_id, "signature"))

    @property
    def public_key(self) -> bytes:
        """32 bytes to seal to, and to check signatures with."""
        return bytes(self._signing.verify_key)

    def open_box(self, sealed: bytes) -> bytes:
        """What was sealed to this person. Raises `vault.tampered`."""
        try:
            return SealedBox(self._signing.to_curve25519_private_key()).decrypt(sealed)
        except (CryptoError, ValueError, TypeError):
            raise AmparoError("vault.tampered", table="box", row="", field="") from None

    def sign(self, message: bytes) -> bytes:
        """64 bytes of signature."""
        return self._signing.sign(message).signature


def seal_box(public_key: bytes, content: bytes) -> bytes:
    """Seal to a person: nobody else opens it, not even who sealed it."""
    return SealedBox(VerifyKey(public_key).to_curve25519_public_key()).encrypt(content)


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the person with this key signed the message."""
    try:
        VerifyKey(public_key).verify(message, signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True
