"""Members of a .docx, .xlsx or .odt, unpacked within bounds. Nothing is written to a disk, so names may say what they like."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from io import BytesIO
from types import TracebackType
from typing import NamedTuple

from lxml import etree

from workflows.road_maps.reader.refusal import damaged, encrypted, too_deep, too_large

LARGEST_FILE = 30_000_000
"""Bytes of the file itself: maps with photographs in them stay below."""
MOST_MEMBERS = 5_000
LARGEST_MEMBER = 48_000_000
"""Bytes unpacked: 5,000 rows in Word's wordiest XML are about 40 million."""
LARGEST_TOTAL = 96_000_000
HIGHEST_RATIO = 400
"""Unpacked to packed, asked above `HARMLESS` bytes; ten thousand equal rows reach about 150."""
HARMLESS = 4_000_000
_CHUNK = 1 << 20


class Relation(NamedTuple):
    """One part of an office file names another."""

    kind: str
    id: str
    member: str


class Archive:
    """The parts of a zip that a reader asks for by name. Raises UnreadableFile for whatever is out of bounds."""

    def __init__(self, content: bytes) -> None:
        if len(content) > LARGEST_FILE:
            raise too_large()
        try:
            self._zip = zipfile.ZipFile(BytesIO(content))
            self._members = {info.filename.replace("\\", "/").lstrip("/"): info for info in self._zip.infolist()}
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, UnicodeError) as exc:
            raise damaged() from exc
        self._left = LARGEST_TOTAL
        if len(self._zip.infolist()) > MOST_MEMBERS:
            raise too_large()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        """Names of all members."""
        return list(self._members)

    def read(self, name: str) -> bytes | None:
        """The bytes of a member, None where there is none."""
        info = self._members.get(name)
        if info is None:
            return None
        if info.flag_bits & 1:
            raise encrypted()
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged()
        most = min(LARGEST_MEMBER, self._left)
        if info.file_size > most:
            raise too_large()
        parts, size = [], 0
        try:
            with self._zip.open(info) as member:
                while part := member.read(_CHUNK):
                    parts.append(part)
                    size += len(part)
                    if size > most or (size > HARMLESS and size > HIGHEST_RATIO * max(info.compress_size, 1)):
                        raise too_large()
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            ValueError,
            NotImplementedError,
            RuntimeError,
        ) as exc:
            raise damaged() from exc
        self._left -= size
        return b"".join(parts)

    def xml(self, name: str) -> etree._Element | None:
        """The root element of a member, None where there is none."""
        content = self.read(name)
        return None if content is None else parsed(content)

    def related(self, part: str, *kinds: str) -> list[Relation]:
        """Relations of an office part of the kinds named; the part «» stands for the file itself."""
        folder, name = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        if root is None:
            return []
        found = []
        for relation in root.iterchildren("{*}Relationship"):
            kind = relation.get("Type", "").rsplit("/", 1)[-1]
            if kind in kinds and relation.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
                found.append(Relation(kind, relation.get("Id", ""), target))
        return found


def parsed(content: bytes) -> etree._Element:
    """The root element: no entities, no network, no DTD, no huge trees. Raises UnreadableFile."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        if "depth" in str(exc).lower():
            raise too_deep() from exc
        raise damaged() from exc
    if root is None or root.getroottree().docinfo.doctype:  # no office program writes one: a bomb of entities does
        raise damaged()
    return root
