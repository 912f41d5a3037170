"""Documents: text stays text, a seal is genuine, and any changed byte or added revision shows."""

import asyncio
import io
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from django.core.exceptions import ImproperlyConfigured
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from freelance_hub.checks import seal_file_opens
from freelance_hub.documents import judge, render, seal
from freelance_hub.documents.aside import aside

AT = datetime(2026, 5, 3, 12, tzinfo=UTC)
RECEIPT = {
    "title": "Access receipt 1 of ASG-1",
    "company": "Acme GmbH",
    "check_url": "https://hub.example.com/check/",
    "headline": "All closed",
    "detail": "At once.",
    "is_complete": True,
    "zone": "Europe/Berlin",
    "facts": [["Freelancer", "Fay Free"]],
    "lines": [
        {"what": "Portal", "kind": "Freelance Hub", "opened": "1 May", "closed": "3 May", "how": "By itself", "by": "Robot", "delay": "0 min", "waits": "", "proof": ""}  # noqa: E501  one row
    ],
}  # fmt: skip


def receipt(**changes):
    return render("receipt", RECEIPT | changes, at=AT)


@pytest.fixture(scope="module")
def sealed():
    return seal(receipt(), reason="Access receipt", name="Acme GmbH")


def with_byte(pdf, place, mask=0x01):
    changed = bytearray(pdf)
    changed[place] ^= mask
    return bytes(changed)


def test_a_sealed_document_is_genuine_and_says_whose_it_is(sealed):
    verdict = judge(sealed)

    assert (verdict.is_genuine, verdict.name, verdict.reason) == (True, "Acme GmbH", "Access receipt")
    assert abs((datetime.now(UTC) - verdict.sealed_at).total_seconds()) < 120


@pytest.mark.parametrize(
    "mask", [0x01, 0x20]
)  # 0x20 turns a capital letter into a small one: the same hexadecimal digit
def test_a_changed_byte_is_found_wherever_it_is(sealed, mask):
    signature = sealed.index(b"/Contents <")
    places = [
        *range(0, len(sealed), len(sealed) // 40),
        *range(signature, signature + 3000, 75),
        signature + 20_000,  # in the zeros behind the signature
        len(sealed) - 3,
    ]

    assert [place for place in places if judge(with_byte(sealed, place, mask)).is_genuine] == []


def test_a_revision_that_was_appended_is_found(sealed):
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    writer.root["/Extra"] = writer.root["/Pages"]
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)

    assert out.getvalue().startswith(sealed)
    assert not judge(out.getvalue()).is_genuine
    assert not judge(sealed + b"\n% nothing\n").is_genuine


@pytest.mark.parametrize("junk", [b"", b"%PDF-1.7 and then nothing", b"PK\x03\x04", b"/ByteRange"])
def test_what_is_no_sealed_pdf_is_not_genuine(junk):
    assert not judge(junk).is_genuine


def test_a_document_without_a_seal_says_so():
    assert judge(receipt()).words == "This file carries no seal."


def test_a_seal_of_another_installation_is_not_ours(sealed, settings):
    settings.MASTER_KEY = "of somebody else"

    assert not judge(sealed).is_genuine


def test_a_former_master_key_keeps_its_seals_genuine(sealed, settings):
    settings.MASTER_KEY_FALLBACKS = [settings.MASTER_KEY]
    settings.MASTER_KEY = "the new one"

    assert judge(sealed).is_genuine
    assert judge(seal(receipt(), reason="R", name="Acme GmbH")).is_genuine


def test_the_installation_may_seal_with_its_own_key_and_old_seals_stay_genuine(sealed, settings, tmp_path):
    path = tmp_path / "seal.p12"
    certificate = own_key_file(path, b"secret")
    settings.SEAL_PKCS12_FILE, settings.SEAL_PKCS12_PASSWORD = str(path), "secret"

    own = seal(receipt(), reason="R", name="Acme GmbH")

    assert (
        PdfFileReader(io.BytesIO(own)).embedded_signatures[0].signer_cert.subject.native["common_name"] == "Acme seal"
    )
    assert judge(own).is_genuine
    assert judge(sealed).is_genuine
    settings.SEAL_PKCS12_FILE = ""
    assert not judge(own).is_genuine
    settings.SEAL_FORMER_CERTIFICATES = certificate
    assert judge(own).is_genuine


@pytest.mark.parametrize(
    ("content", "password", "words"),
    [(None, "secret", "cannot be read"), (b"junk", "secret", "no PKCS#12"), (b"", "wrong", "SEAL_PKCS12_PASSWORD")],
)
def test_a_key_file_that_does_not_open_says_what_is_wrong(settings, tmp_path, content, password, words):
    path = tmp_path / "seal.p12"
    if content == b"":
        own_key_file(path, b"secret")
    elif content:
        path.write_bytes(content)
    settings.SEAL_PKCS12_FILE, settings.SEAL_PKCS12_PASSWORD = str(path), password

    assert [words in found.msg for found in seal_file_opens(None)] == [True]
    with pytest.raises(ImproperlyConfigured, match=words):
        seal(receipt(), reason="R", name="Acme GmbH")


def own_key_file(path, password):
    """A key file as a company brings it; returns its certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Acme seal")])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2125, 1, 1, tzinfo=UTC))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    encryption = serialization.BestAvailableEncryption(password)
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", key, certificate, None, encryption))
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def test_what_people_wrote_is_text_and_the_file_is_for_archives_and_readers():
    pdf = receipt(facts=[["Freelancer", '#panic("run") $x$ *bold* \\ #include "house.typ"']])

    assert b"pdfaid:part>2<" in pdf
    assert b"pdfuaid:part>1<" in pdf


def test_a_name_in_letters_without_a_font_still_gets_its_document():
    assert receipt(facts=[["Freelancer", "\U00012000 王小明"]]).startswith(b"%PDF")


def test_documents_are_sealed_and_judged_where_an_event_loop_is_running():
    async def inside():
        return judge(seal(receipt(), reason="R", name="Acme GmbH")).is_genuine

    assert aside(lambda: asyncio.run(inside()))
