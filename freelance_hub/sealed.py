"""Sensitive values at rest: AES-256-GCM, bound to the place they stand in.

A value copied to another row, field, table or tenant does not open (design/security.md; Fernet would accept it). The
key of a tenant is derived from the master key by HKDF; the key's id stands in front, so that the master key can be
rotated value by value.
"""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12


class SealBroken(ValueError):  # noqa: N818  a fact, not a program fault
    """The value was changed, moved, or sealed with a key that is gone."""


def _master_keys() -> dict[str, bytes]:
    """The current key first, then older ones that still open values, by the first eight characters of their hash."""
    secrets = [settings.MASTER_KEY, *settings.MASTER_KEY_FALLBACKS]
    return {hashlib.sha256(secret.encode()).hexdigest()[:8]: secret.encode() for secret in secrets}


def _key(master: bytes, tenant_id: int, purpose: str) -> bytes:
    info = f"freelance-hub:{purpose}:{tenant_id}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(master)


def _place(tenant_id: int, table: str, row_id: object, field: str) -> bytes:
    return f"{tenant_id}|{table}|{row_id}|{field}".encode()


def seal(text: str, *, tenant_id: int, table: str, row_id: object, field: str) -> str:
    """`text` encrypted for exactly this place: `<key id>.<base64 of nonce and ciphertext>`."""
    key_id, master = next(iter(_master_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_key(master, tenant_id, "seal")).encrypt(
        nonce, text.encode(), _place(tenant_id, table, row_id, field)
    )
    return f"{key_id}.{base64.b64encode(nonce + sealed).decode()}"


def open_sealed(value: str, *, tenant_id: int, table: str, row_id: object, field: str) -> str:
    """The text of a sealed value; raises SealBroken when it was changed, moved or its key is gone."""
    key_id, _, body = value.partition(".")
    master = _master_keys().get(key_id)
    if master is None:
        msg = f"No master key {key_id}: add the old key to MASTER_KEY_FALLBACKS."
        raise SealBroken(msg)
    raw = base64.b64decode(body)
    try:
        opened = AESGCM(_key(master, tenant_id, "seal")).decrypt(
            raw[:NONCE_BYTES], raw[NONCE_BYTES:], _place(tenant_id, table, row_id, field)
        )
    except InvalidTag as error:
        msg = f"The sealed value in {table}.{field} of row {row_id} was changed or moved."
        raise SealBroken(msg) from error
    return opened.decode()


def fingerprint(text: str, *, tenant_id: int, purpose: str) -> str:
    """A keyed hash for equality look-ups (the same IBAN twice) that tells nothing without the master key."""
    master = next(iter(_master_keys().values()))
    return hmac.new(_key(master, tenant_id, purpose), text.encode(), hashlib.sha256).hexdigest()
