"""Files of papers: bytes by SHA-256 in the same database behind put, get and delete.

What a file is, its bytes say, never its name: a scan that is called «приказ.pdf» and is a program does not come in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from workflow_core.exceptions import InvalidInput, NotFound
from workflows.documents import queries

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
SIGNATURE = "application/pkcs7-signature"
ACCEPTED: Mapping[str, str] = {
    PDF: ".pdf",
    JPEG: ".jpg",
    PNG: ".png",
    DOCX: ".docx",
    SIGNATURE: ".sig",
}
"""Media type -> ending that a file without a fitting one gets."""
SIGNATURE_REMARK = "приложена, подлинность не проверялась"

SIZE_SETTING = "files.max_megabytes"
DEFAULT_MEGABYTES = 20
_NAME_LENGTH = 150
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
"""Object identifier of CMS signed data (RFC 5652), at the beginning of every detached signature."""
_ENDINGS = {PDF: ("pdf",), JPEG: ("jpg", "jpeg"), PNG: ("png",), DOCX: ("docx",), SIGNATURE: ("sig", "p7s", "sgn")}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with its bytes, for a download."""

    name: str
    media_type: str
    content: bytes


# -- the port ---------------------------------------------------------------------------------------------------------


def put(session: Session, content: bytes) -> str:
    """Keep bytes; gives their address (SHA-256, hex). Equal bytes are kept once."""
    sha256 = hashlib.sha256(content).hexdigest()
    queries.insert_blob(session, sha256, content)
    return sha256


def get(session: Session, sha256: str) -> bytes:
    """The bytes at an address. Raises NotFound."""
    content = queries.blob(session, sha256)
    if content is None:
        raise NotFound("файл", sha256[:12])
    return content


def delete(session: Session, sha256: str) -> bool:
    """Delete the bytes at an address unless some file still is these bytes; says whether they are gone."""
    return queries.delete_unused_blob(session, sha256)


def open_file(session: Session, scope: str, file_id: str) -> StoredFile:
    """A file of this organisation with its bytes. Raises NotFound."""
    row = queries.document_file(session, scope, file_id)
    return StoredFile(row.name, row.media_type, get(session, row.sha256))


# -- what comes in ----------------------------------------------------------------------------------------------------


def checked(name: str, content: bytes, settings: Mapping[str, Any]) -> tuple[str, str]:
    """Name to keep and media type of an uploaded file. Raises InvalidInput for a size or a kind that is not taken."""
    limit = settings.get(SIZE_SETTING, DEFAULT_MEGABYTES)
    if not content:
        raise InvalidInput({"file": "Файл пуст. Выберите другой."})
    if len(content) > limit * 1024 * 1024:
        raise InvalidInput({"file": f"Файл больше {limit} МБ. Отсканируйте с меньшим разрешением."})
    media_type = media_type_of(content)
    if not media_type:
        raise InvalidInput({"file": "Принимаются файлы PDF, JPG, PNG, DOCX и файлы подписи (SIG, P7S)."})
    return _kept_name(name, media_type), media_type


def media_type_of(content: bytes) -> str:
    """Media type read off the bytes; empty for a kind that is not taken."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"PK\x03\x04"):
        return DOCX if _is_word(content) else ""
    return SIGNATURE if _is_signature(content) else ""


def _is_word(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return False
    return {"[Content_Types].xml", "word/document.xml"} <= names


def _is_signature(content: bytes) -> bool:
    """CMS signed data, as bytes or as text with or without «-----BEGIN …-----»."""
    if content[:1] == b"\x30":
        return _SIGNED_DATA in content[:32]
    head = re.sub(rb"-----BEGIN [A-Z0-9 ]+-----|\s", b"", content[:256])
    try:
        decoded = base64.b64decode(head[:64], validate=True)
    except binascii.Error:
        return False
    return decoded[:1] == b"\x30" and _SIGNED_DATA in decoded


def _kept_name(name: str, media_type: str) -> str:
    """The name without a path and without signs that a file system or a header would choke on, with a true ending."""
    base = re.sub(r"[\x00-\x1f\x7f<>:\"|?*]", "", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem, dot, ending = base.rpartition(".")
    if not dot or ending.casefold() not in _ENDINGS[media_type]:
        stem, ending = base or "файл", ACCEPTED[media_type].removeprefix(".")
    return f"{stem[:_NAME_LENGTH]}.{ending}"
