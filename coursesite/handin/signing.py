"""Ed25519 signatures under receipts; anyone can check them offline with the public key (docs/receipts.md)."""

import base64
import binascii
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from coursesite.embedded import paths


@lru_cache(maxsize=1)
def key() -> Ed25519PrivateKey:
    seed = settings.RECEIPT_KEY or paths.kept("receipt_key", lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))


def public_pem() -> str:
    return key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(text: str) -> str:
    """The signature of the text's UTF-8 bytes, as base64."""
    return base64.b64encode(key().sign(text.encode())).decode()


def is_ours(text: str, signature: str) -> bool:
    try:
        key().public_key().verify(base64.b64decode(signature, validate=True), text.encode())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
