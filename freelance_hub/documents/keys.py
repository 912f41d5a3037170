"""The key that seals documents, and the certificates whose seals are ours.

Without a file of one's own the key is derived from MASTER_KEY: every process of the installation has the same, there is
nothing to store, to back up or to lose, and former master keys keep old seals genuine.
"""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SUBJECT = "Freelance Hub document seal"


@cache
def derived_key(master: str) -> ec.EllipticCurvePrivateKey:
    """The sealing key of a master key (NIST P-256)."""
    raw = HKDF(algorithm=hashes.SHA256(), length=48, salt=None, info=b"freelance-hub:document-seal").derive(
        master.encode()
    )
    return ec.derive_private_key(int.from_bytes(raw) % (P256_ORDER - 1) + 1, ec.SECP256R1())


@cache
def derived_certificate(master: str) -> x509.Certificate:
    """Its self-signed certificate: the same bytes each time, so that a seal of last year meets the certificate of today."""
    key = derived_key(master)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SUBJECT)])
    own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(own_id.digest[:16]))
        .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2125, 1, 1, tzinfo=UTC))
        .add_extension(usage, critical=True)
        .add_extension(own_id, critical=False)
    )
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)


def own_file() -> Path | None:
    """The PKCS#12 file that the installation seals with, if it has one of its own."""
    return Path(settings.SEAL_PKCS12_FILE) if settings.SEAL_PKCS12_FILE else None


def trusted() -> list[asn1_x509.Certificate]:
    """The certificates whose seals are ours: of today's and former master keys, of our own file, and former ones."""
    found = [derived_certificate(master) for master in (settings.MASTER_KEY, *settings.MASTER_KEY_FALLBACKS)]
    der = [one.public_bytes(serialization.Encoding.DER) for one in found]
    if path := own_file():
        _, certificate, _ = open_own_file(path)
        der.append(certificate.public_bytes(serialization.Encoding.DER))
    if settings.SEAL_FORMER_CERTIFICATES:
        text = settings.SEAL_FORMER_CERTIFICATES.encode()
        der.extend(body for _, _, body in pem.unarmor(text, multiple=True))
    return [asn1_x509.Certificate.load(one) for one in der]


def open_own_file(
    path: Path,
) -> tuple[Any, x509.Certificate, list[x509.Certificate]]:
    """Key, certificate and further certificates of the PKCS#12 file; raises ImproperlyConfigured with what is wrong."""
    password = settings.SEAL_PKCS12_PASSWORD.encode() or None
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(path.read_bytes(), password)
    except OSError as error:
        msg = (
            f"SEAL_PKCS12_FILE points to {path}, which cannot be read ({error.strerror}). Mend the path or its rights."
        )
        raise ImproperlyConfigured(msg) from error
    except ValueError as error:
        msg = f"{path} does not open: it is no PKCS#12 file, or SEAL_PKCS12_PASSWORD is wrong."
        raise ImproperlyConfigured(msg) from error
    if key is None or certificate is None:
        msg = f"{path} holds no {'certificate' if key else 'private key'}. Export key and certificate into one PKCS#12 file."
        raise ImproperlyConfigured(msg)
    return key, certificate, others
