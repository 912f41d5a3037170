"""Whether a sealed PDF is as it left this installation."""

import io
import re
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, core
from structlog import get_logger

from freelance_hub.documents import keys
from freelance_hub.documents.aside import aside

log = get_logger(__name__)


@dataclass(frozen=True)
class Verdict:
    """What became of a PDF since it was sealed. `sealed_at`, `name` and `reason` are said only of a genuine one."""

    is_genuine: bool
    words: str
    sealed_at: datetime | None = None
    name: str = ""
    reason: str = ""


CHANGED = Verdict(is_genuine=False, words="This file was changed after it was sealed, or its seal is not ours.")
NO_SEAL = Verdict(is_genuine=False, words="This file carries no seal.")


def judge(pdf: bytes) -> Verdict:
    """Genuine or not. Genuine is only what pyhanko's bottom line approves, with exactly one seal, which is ours and covers
    the whole file. Whatever goes wrong while looking counts as changed: a broken file has no other reason to be here.
    """
    try:
        return _look(pdf)
    except Exception as error:  # noqa: BLE001  any of the many ways in which a broken PDF fails
        log.info("seal_unreadable", error=type(error).__name__)
        return CHANGED


def _look(pdf: bytes) -> Verdict:
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415  heavy, and rarely needed
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    seals = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    if not seals:
        return NO_SEAL if b"/ByteRange" not in pdf else CHANGED
    ours = keys.trusted()
    found = seals[0]
    if len(seals) != 1 or found.signer_cert.dump() not in {one.dump() for one in ours} or not _is_tidy(pdf):
        return CHANGED
    context = ValidationContext(trust_roots=ours, allow_fetching=False, revocation_mode="soft-fail")
    status = aside(lambda: validate_pdf_signature(found, signer_validation_context=context))
    if not status.bottom_line or status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        return CHANGED
    return Verdict(
        is_genuine=True,
        words="This file is genuine: not a byte has changed since it was sealed.",
        sealed_at=status.signer_reported_dt,
        name=str(found.sig_object.get("/Name", "")),
        reason=str(found.sig_object.get("/Reason", "")),
    )


HOLE = re.compile(rb"/Contents <([0-9A-F]{1000,})>")


def _is_tidy(pdf: bytes) -> bool:
    """Whether the signature's own place, which no signature covers, holds one as we write it, then zeros, and nothing else."""
    holes = HOLE.findall(pdf)
    if len(holes) != 1:
        return False
    raw = bytes.fromhex(holes[0].decode())
    signature = _written_anew(cms.ContentInfo.load(raw))
    return raw.startswith(signature) and not raw[len(signature) :].strip(b"\x00")


def _written_anew(found: cms.ContentInfo) -> bytes:
    """The signature made again of its parts that are checked otherwise, and of what never differs."""
    parts = found["content"]
    (signer,) = parts["signer_infos"]
    sha256 = {"algorithm": "sha256", "parameters": core.Null()}
    remade = cms.SignerInfo(
        {
            "version": "v1",
            "sid": {"issuer_and_serial_number": cms.IssuerAndSerialNumber.load(signer["sid"].chosen.dump())},
            "digest_algorithm": sha256,
            "signed_attrs": cms.CMSAttributes.load(signer["signed_attrs"].untag().dump()),
            "signature_algorithm": cms.SignedDigestAlgorithm.load(signer["signature_algorithm"].dump()),
            "signature": signer["signature"].native,
        }
    )
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [sha256],
            "encap_content_info": {"content_type": "data"},
            "certificates": [one.chosen for one in parts["certificates"]],
            "signer_infos": [remade],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": content}).dump())
