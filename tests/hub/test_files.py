import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from PIL import Image

from freelance_hub.errors import Refusal
from freelance_hub.models import LegalEntity, StoredFile
from freelance_hub.permissions import Capability, require
from freelance_hub.services import files

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture(autouse=True)
def media(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setitem(files._owners, "legalentity", access_entity)
    return tmp_path


def access_entity(actor, owner_id):
    """As an app would: only those who see people, and only what exists in the company."""
    require(actor, Capability.PEOPLE_SEE)
    if not LegalEntity.objects.filter(pk=owner_id).exists():
        raise Http404


def picture(image_format="JPEG", size=(8, 8), **kwargs):
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, image_format, **kwargs)
    return out.getvalue()


def send(company, name, content, **kwargs):
    with company.enter():
        return files.store_upload(
            actor=company.actor("owner"), upload=SimpleUploadedFile(name, content), owner=company.entity, **kwargs
        )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.pdf", PDF),
        ("list.csv", "Name;Größe\n".encode("cp1252")),
        ("wide.txt", "Grüße".encode("utf-16")),
        ("wide.csv", "Name;Rate\n".encode("utf-16-le")),
        ("photo.JPG", picture()),
        ("shot.png", picture("PNG")),
        ("move.gif", picture("GIF")),
        ("new.webp", picture("WEBP")),
        ("all.zip", b"PK\x03\x04" + b"\x00" * 40),
    ],
)
def test_honest_file_is_kept_under_a_random_name(acme, media, name, content):
    file = send(acme, name, content)

    assert (media / file.storage_name).exists()
    assert name.split(".")[0] not in file.storage_name
    assert (file.name, file.scan, file.uploaded_by_id) == (name, StoredFile.Scan.NOT_SCANNED, acme.people["owner"].pk)
    assert len(file.sha256) == 64


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("photo.png", b"<html><script>alert(1)</script></html>", "is something else inside"),
        ("photo.png", picture("JPEG"), "looks like JPG"),
        ("invoice.pdf", b"MZ\x90\x00" + b"\x00" * 60, "looks like EXE"),
        ("letter.docx", PDF, "looks like PDF"),
        ("list.csv", b"a,b\n\x00\x01\x02", "is something else inside"),
        ("list.csv", picture("PNG"), "looks like PNG"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG pictures can carry programs"),
        ("page.html", b"<p>x</p>", "Web pages can carry programs"),
        ("tool.exe", b"MZ", "Programs are not accepted"),
        ("noextension", b"x", "without an extension"),
        ("photo.png.exe", picture("PNG"), "Programs are not accepted"),
        ("empty.pdf", b"", "The file is empty"),
        ("photo.png", picture("PNG")[:45], "cannot be read"),
    ],
)
def test_file_that_is_not_what_it_says_is_refused(acme, media, name, content, reason):
    with pytest.raises(Refusal, match=reason) as refusal:
        send(acme, name, content)

    assert refusal.value.field == "file"
    assert list(media.rglob("*")) == []


def test_size_limit_is_exact(acme, settings):
    settings.UPLOAD_MAX_BYTES = 1000

    assert send(acme, "a.txt", b"x" * 1000).size == 1000
    with pytest.raises(Refusal, match=r"1\.0 kB are the most"):
        send(acme, "b.txt", b"x" * 1001)


def test_only_the_kinds_that_a_form_wants_are_accepted(acme):
    assert send(acme, "a.csv", b"a,b", allowed=files.TABLES)
    with pytest.raises(Refusal, match="Accepted: CSV, TSV, TXT"):
        send(acme, "a.pdf", PDF, allowed=files.TABLES)


def test_decompression_bomb_is_refused_before_it_unpacks(acme):
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 200_000

    with pytest.raises(Refusal, match=r"cannot be read|million are the most"):
        send(acme, "bomb.png", bomb.getvalue())


def test_picture_loses_place_and_trailing_bytes_and_stands_upright(acme, media):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Secret Camera"

    file = send(acme, "photo.jpg", picture(size=(4, 2), exif=exif) + b"<script>alert(1)</script>")

    kept = (media / file.storage_name).read_bytes()
    assert b"Secret" not in kept
    assert b"script" not in kept
    assert Image.open(io.BytesIO(kept)).size == (2, 4)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("/abs/olute.txt", "olute.txt"),
        ("evil\u202etxt.exe.txt", "eviltxt.exe.txt"),
        ('a"b\r\nc.txt', "abc.txt"),
        (".txt", "txt"),
        ("", "file"),
        ("x" * 300 + ".txt", "x" * 196 + ".txt"),
    ],
)
def test_name_keeps_no_path_and_no_tricks(sent, kept):
    assert files.clean_name(sent) == kept


def test_file_of_a_noun_without_access_function_is_a_mistake_of_the_program(acme):
    with acme.enter(), pytest.raises(LookupError, match="register_owner"):
        files.store_upload(
            actor=acme.actor("owner"), upload=SimpleUploadedFile("a.txt", b"x"), owner=acme.people["owner"]
        )


# Downloads


def address(company, file, *, portal=False):
    return f"/t/{company.slug}/{'portal/' if portal else ''}files/{file.public_id}/"


def test_download_is_an_attachment_that_can_do_nothing(acme):
    file = send(acme, "plan.pdf", PDF)

    response = acme.client("owner").get(address(acme, file))

    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, no-store"


def test_polyglot_that_passes_as_pdf_is_still_only_an_attachment(acme):
    file = send(acme, "plan.pdf", PDF + b"<script>alert(1)</script>")

    response = acme.client("owner").get(address(acme, file))

    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]


def test_member_without_the_owners_capability_gets_403_and_stranger_404(acme, rival):
    file = send(acme, "plan.pdf", PDF)

    assert acme.client("finance").get(address(acme, file)).status_code == 403
    assert rival.client("owner").get(address(acme, file)).status_code == 404
    assert rival.client("owner").get(address(rival, file)).status_code == 404
    assert acme.client("freelancer").get(address(acme, file)).status_code == 404


def test_file_whose_owner_is_gone_or_unknown_is_404(acme, monkeypatch):
    file = send(acme, "plan.pdf", PDF)
    monkeypatch.delitem(files._owners, "legalentity")

    assert acme.client("owner").get(address(acme, file)).status_code == 404


def test_infected_file_is_locked(acme):
    file = send(acme, "plan.pdf", PDF)
    with acme.enter():
        StoredFile.objects.filter(pk=file.pk).update(scan=StoredFile.Scan.INFECTED)

    assert acme.client("owner").get(address(acme, file)).status_code == 409


def test_guest_downloads_by_the_portal_address_what_the_owner_lets_through(acme, monkeypatch):
    file = send(acme, "plan.pdf", PDF)
    assert acme.client("freelancer").get(address(acme, file, portal=True)).status_code == 403

    monkeypatch.setitem(files._owners, "legalentity", lambda actor, owner_id: None)

    assert acme.client("freelancer").get(address(acme, file, portal=True)).status_code == 200
    assert acme.client("owner").get(address(acme, file, portal=True)).status_code == 404
