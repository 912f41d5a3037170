"""Uploaded files: checked for what they really are, kept outside the web root, served only through their owner's access.

Always served as an attachment: a file can be a valid PDF and a valid web page at once, and no check tells.
"""

import hashlib
import io
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath
from typing import IO, Any

import filetype
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.http import Http404
from PIL import Image, ImageOps, UnidentifiedImageError

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.formats import file_size
from freelance_hub.links import tenant_url
from freelance_hub.models import StoredFile
from freelance_hub.tenancy.context import current_tenant_id


@dataclass(frozen=True)
class FileType:
    """An allowed extension: what the content must be (`detected` of the filetype library, "" for text) and how it is served."""

    content_type: str
    detected: tuple[str, ...] = ("",)
    image_format: str = ""


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_ZIP = "application/zip"
TYPES: dict[str, FileType] = {
    "pdf": FileType("application/pdf", ("application/pdf",)),
    "docx": FileType(f"{_OFFICE}wordprocessingml.document", (f"{_OFFICE}wordprocessingml.document", _ZIP)),
    "xlsx": FileType(f"{_OFFICE}spreadsheetml.sheet", (f"{_OFFICE}spreadsheetml.sheet", _ZIP)),
    "pptx": FileType(f"{_OFFICE}presentationml.presentation", (f"{_OFFICE}presentationml.presentation", _ZIP)),
    "odt": FileType(f"{_OPEN}text", (f"{_OPEN}text", _ZIP)),
    "ods": FileType(f"{_OPEN}spreadsheet", (f"{_OPEN}spreadsheet", _ZIP)),
    "odp": FileType(f"{_OPEN}presentation", (f"{_OPEN}presentation", _ZIP)),
    "zip": FileType(_ZIP, (_ZIP,)),
    "mp4": FileType("video/mp4", ("video/mp4",)),
    "csv": FileType("text/csv; charset=utf-8"),
    "tsv": FileType("text/tab-separated-values; charset=utf-8"),
    "txt": FileType("text/plain; charset=utf-8"),
    "md": FileType("text/markdown; charset=utf-8"),
    "png": FileType("image/png", ("image/png",), "PNG"),
    "jpg": FileType("image/jpeg", ("image/jpeg",), "JPEG"),
    "jpeg": FileType("image/jpeg", ("image/jpeg",), "JPEG"),
    "gif": FileType("image/gif", ("image/gif",), "GIF"),
    "webp": FileType("image/webp", ("image/webp",), "WEBP"),
}
TABLES = ("csv", "tsv", "txt")
# Words for those that people try and that stay out on purpose.
WHY_NOT = {
    "svg": "SVG pictures can carry programs. Send it as PNG or PDF.",
    "html": "Web pages can carry programs. Send it as PDF.",
    "htm": "Web pages can carry programs. Send it as PDF.",
    "exe": "Programs are not accepted.",
    "doc": "Old Word files can carry programs. Save it as DOCX or PDF.",
    "xls": "Old Excel files can carry programs. Save it as XLSX or CSV.",
}
MAX_PIXELS = 40_000_000  # a 40-megapixel photo; a small file can claim to be a thousand times that

OwnerAccess = Callable[[Actor, int], object]
_owners: dict[str, OwnerAccess] = {}


def register_owner(kind: str, access: OwnerAccess) -> None:
    """Say who may read the files of a noun: `access(actor, owner_id)` returns, or raises Http404 or Refused.

    `kind` is the model's name in lower case. Called in `apps.ready()`.
    """
    _owners[kind] = access


def store_upload(
    *, actor: Actor, upload: "UploadedFile[Any]", owner: models.Model, allowed: Collection[str] = tuple(TYPES)
) -> StoredFile:
    """Check and keep a file that belongs to `owner` (its model name must be registered).

    Raises Refusal (field "file") when it is empty, larger than UPLOAD_MAX_BYTES, of a kind not `allowed` (extensions),
    or not what its name says. Side effects: a file in MEDIA_ROOT under a random name, one row. Pictures are made anew,
    so place and camera do not travel with them.
    """
    kind = _owner_kind(owner)
    name = clean_name(upload.name or "")
    expected = _type_of(name, allowed)
    if not upload.size:
        raise _refusal("The file is empty.", "Was it saved before it was sent?")
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise _refusal(
            f"The file has {file_size(upload.size)}; {file_size(settings.UPLOAD_MAX_BYTES)} are the most.",
            "Send it in parts, or make its pictures smaller.",
        )
    _check_content(upload, name, expected)
    content: File[bytes] = _made_anew(upload, expected) if expected.image_format else upload
    return _store(content, name=name, content_type=expected.content_type, owner=(kind, owner.pk), actor=actor)


def store_made(*, name: str, content: bytes, owner: models.Model, actor: Actor | None = None) -> StoredFile:
    """Keep a file that the application made itself. Side effects as `store_upload`, without the checks."""
    extension = _extension(name)
    content_type = TYPES[extension].content_type if extension in TYPES else "application/octet-stream"
    kept = ContentFile(content)
    return _store(
        kept, name=clean_name(name), content_type=content_type, owner=(_owner_kind(owner), owner.pk), actor=actor
    )


def access_file(actor: Actor, public_id: Any) -> StoredFile:
    """A file, when its owner's access function lets the actor in. Raises Http404 or Refused, as the owner does."""
    found = StoredFile.objects.filter(public_id=public_id).first()
    access = _owners.get(found.owner_kind) if found else None
    if found is None or access is None:
        raise Http404
    access(actor, found.owner_id)
    if found.scan == StoredFile.Scan.INFECTED:
        raise Refusal(
            "This file holds a virus and is locked.", remedy="Ask its sender for a clean one.", code="infected"
        )
    return found


def files_of(owner: models.Model) -> models.QuerySet[StoredFile]:
    """The files of one thing, newest first. The caller has passed the owner's access function."""
    kind = _owner_kind(owner)
    files = StoredFile.objects.select_related("uploaded_by__user").filter(owner_kind=kind, owner_id=owner.pk)
    return files.order_by("-created_at", "-id")


def file_url(file: StoredFile, actor: Actor) -> str:
    """Where the actor downloads the file: guests have an address of their own."""
    return tenant_url("portal_file_download" if actor.is_guest else "file_download", public_id=file.public_id)


def file_items(files: Iterable[StoredFile], actor: Actor) -> list[dict[str, Any]]:
    """The files as the `file_list` component shows them."""
    return [
        {
            "name": file.name,
            "href": file_url(file, actor),
            "size": file.size,
            "kind": file.get_scan_display(),
            "who": str(file.uploaded_by.user) if file.uploaded_by else "",
            "when": file.created_at,
        }
        for file in files
    ]


def open_file(file: StoredFile) -> IO[bytes]:
    """The content. The caller closes it."""
    return default_storage.open(file.storage_name)  # type: ignore[return-value]  # a File reads like one


def clean_name(name: str) -> str:
    """The file's own name without any path, control characters and marks that turn text around; at most 200 characters."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    bare = "".join(char for char in bare if char.isprintable() and char not in '"<>|:*?').strip(" .")
    stem, dot, extension = bare.rpartition(".")
    return f"{stem[: 199 - len(extension)]}{dot}{extension}"[:200] or "file"


def _owner_kind(owner: models.Model) -> str:
    kind = str(owner._meta.model_name)
    if kind not in _owners:
        msg = f"Files of {kind} have no access function; call files.register_owner({kind!r}, …) in apps.ready()."
        raise LookupError(msg)
    return kind


def _extension(name: str) -> str:
    return PurePath(name).suffix.lower().lstrip(".")


def _refusal(message: str, remedy: str = "") -> Refusal:
    return Refusal(message, field="file", remedy=remedy, code="file_refused")


def _type_of(name: str, allowed: Collection[str]) -> FileType:
    extension = _extension(name)
    if extension not in allowed or extension not in TYPES:
        kinds = ", ".join(sorted({one.upper() for one in allowed if one in TYPES and one != "jpeg"}))
        ending = f".{extension}" if extension else "without an extension"
        raise _refusal(f"Files {ending} are not accepted.", WHY_NOT.get(extension) or f"Accepted: {kinds}.")
    return TYPES[extension]


def _check_content(upload: "UploadedFile[Any]", name: str, expected: FileType) -> None:
    """The bytes must say what the name says."""
    upload.seek(0)
    head = upload.read(8192)
    upload.seek(0)
    detected = filetype.guess(head)
    found = detected.mime if detected else ""
    is_text = expected.detected == ("",)
    # NUL bytes are no text, except in UTF-16, which begins with a mark or has one in every second byte.
    binary = is_text and b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and not _is_wide_text(head)
    if found not in expected.detected or binary:
        what = f"looks like {detected.extension.upper()}" if detected else "is something else inside"
        raise _refusal(
            f"“{name}” {what}, not like {_extension(name).upper()}.", "Save it anew in the format of its name."
        )


def _is_wide_text(head: bytes) -> bool:
    half = max(len(head) // 2, 1)
    return max(head[0::2].count(0), head[1::2].count(0)) > 0.4 * half


def _made_anew(upload: "UploadedFile[Any]", expected: FileType) -> "ContentFile[bytes]":
    """The picture without anything but its pixels: no EXIF, no trailing data, no second meaning."""
    try:
        with Image.open(upload, formats=[expected.image_format]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _refusal(
                    f"The picture has {picture.width:,} × {picture.height:,} pixels; {MAX_PIXELS // 10**6} million are the most.",
                    "Make it smaller.",
                )
            upright = ImageOps.exif_transpose(picture)
            see_through = expected.image_format != "JPEG" and upright.has_transparency_data
            pixels = upright.convert("RGBA" if see_through else "RGB")
            # A new image has no metadata at all, whatever each format's writer would take over from the old one.
            clean = Image.new(pixels.mode, pixels.size)
            clean.paste(pixels)
            out = io.BytesIO()
            clean.save(out, expected.image_format, quality=90)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise _refusal("The picture cannot be read.", "Open it and save it anew.") from error
    return ContentFile(out.getvalue())


def _store(
    content: "File[bytes]", *, name: str, content_type: str, owner: tuple[str, int], actor: Actor | None
) -> StoredFile:
    digest = hashlib.sha256()
    for chunk in _chunks(content):
        digest.update(chunk)
    storage_name = default_storage.save(f"{current_tenant_id()}/{secrets.token_hex(16)}", content)
    try:
        with transaction.atomic():
            return StoredFile.objects.create(
                name=name,
                content_type=content_type,
                size=content.size,
                sha256=digest.hexdigest(),
                storage_name=storage_name,
                owner_kind=owner[0],
                owner_id=owner[1],
                uploaded_by_id=actor.membership_id if actor else None,
            )
    except BaseException:
        default_storage.delete(storage_name)
        raise


def _chunks(content: "File[bytes]") -> Iterator[bytes]:
    content.seek(0)
    yield from content.chunks()
    content.seek(0)
