"""The seal on a PDF: a PAdES B-B signature of the installation over the whole file."""

import io
from typing import Any

from django.conf import settings

from freelance_hub.documents import keys
from freelance_hub.documents.aside import aside

FIELD = "Seal"
SPACE = 24_000  # hexadecimal digits kept free for the signature; a chain of certificates fits


def seal(pdf: bytes, *, reason: str, name: str) -> bytes:
    """The PDF with a seal: from now on any change of a byte shows. `name` is the company's, `reason` why it was sealed.

    Raises ImproperlyConfigured when SEAL_PKCS12_FILE cannot be used. Needs no network: the time is this machine's.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415  heavy, and rarely needed
    from pyhanko.sign import fields, signers  # noqa: PLC0415

    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        reason=reason,
        name=name,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        embed_validation_info=False,
        use_pades_lta=False,
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    sealer = signers.PdfSigner(metadata, signer=_signer(), new_field_spec=fields.SigFieldSpec(FIELD))
    return bytes(aside(lambda: sealer.sign_pdf(writer, bytes_reserved=SPACE)).getvalue())


def _signer() -> Any:
    """Who signs (a pyhanko Signer): the own PKCS#12 file, or the key derived from MASTER_KEY."""
    from asn1crypto import keys as asn1_keys  # noqa: PLC0415  with pyhanko
    from asn1crypto import x509 as asn1_x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from pyhanko.sign import signers  # noqa: PLC0415
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415

    if path := keys.own_file():
        key, certificate, others = keys.open_own_file(path)
    else:
        key, certificate, others = (
            keys.derived_key(settings.MASTER_KEY),
            keys.derived_certificate(settings.MASTER_KEY),
            [],
        )
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = [asn1_x509.Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in (certificate, *others)]
    return signers.SimpleSigner(
        signing_cert=chain[0],
        signing_key=asn1_keys.PrivateKeyInfo.load(der),
        cert_registry=SimpleCertificateStore.from_certs(chain[1:]),
    )
