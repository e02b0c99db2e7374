"""Valid files of every format, broken at random: a reader reads them or refuses them, and nothing else."""

import os
import re
from contextlib import suppress
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.road_maps.making.content import ABOVE, Content, Wide
from tests.road_maps.making.docx_file import Look, docx
from tests.road_maps.making.hostile import zipped
from tests.road_maps.making.html_file import Look as PageLook
from tests.road_maps.making.html_file import html
from tests.road_maps.making.odt_file import ods, odt
from tests.road_maps.making.pdf_file import pdf
from tests.road_maps.making.xlsx_file import xlsx
from workflows.road_maps.reader.bounded import from_plain, to_plain
from workflows.road_maps.reader.file_kind import read_source
from workflows.road_maps.reader.refusal import UnreadableFile

EXAMPLES = 3000 if os.environ.get("MARSHRUT_STRESS") else 50
MAP = Content(
    "small",
    ("УТВЕРЖДАЮ", "Директор", "31.08.2026", "ПЛАН", "Задачи"),
    (
        ("№", "Дело", "Срок"),
        ("1.", Wide("Раздел", 2)),
        ("1.1.", "Приказ\nи список", "до 01.09.2026"),
        ("1.2.", "Пары", ABOVE),
    ),
    ("Итог",),
)
FILES = {
    "docx": docx(MAP, Look(auto_numbers=True, boxed_stamp=True, controls=True, tracked=True)),
    "xlsx": xlsx(MAP),
    "html": html(MAP, PageLook("cp1251", of_word=True)),
    "mhtml": html(MAP, PageLook("cp1251", mhtml=True)),
    "text": "\n".join("\t".join(map(str, row)) for row in MAP.rows).encode("cp1251"),
    "pdf": pdf(MAP),
    "odt": odt(MAP, list_numbers=True),
    "ods": ods(MAP),
}
WORDS = (
    b"999999999",
    b"-1",
    b"<",
    b">",
    b"&x;",
    b"\0",
    b"\xff",
    b"%9",
    b"1E400",
    b'="',
    b"obj",
    b"<w:tbl><w:tr>",
    b"]]>",
    b"NaN",
)
VALUES = (
    b"0",
    b"-1",
    b"1",
    b"99999999999",
    b"x",
    b"",
    b"restart",
    b"1.5",
    b"true",
    b"\xd0\xb0",
    b"A1:XFD1048576",
    b"rId1",
)
VALUE = re.compile(rb"=[\"']([^\"'<>]*)[\"']")
ELEMENT = re.compile(rb"<([\w:]+)(?: [^<>]*)?(?:/>|>[^<>]*</\1>)")

damages = st.lists(
    st.tuples(
        st.sampled_from(("flip", "cut", "double", "insert", "swap", "value", "value", "element")),
        st.floats(0, 1, exclude_max=True),
        st.integers(1, 200),
        st.sampled_from(WORDS),
    ),
    min_size=1,
    max_size=6,
)


def broken(content: bytes, damage: list[tuple[str, float, int, bytes]]) -> bytes:
    made = bytearray(content)
    for kind, where, size, word in damage:
        at = int(where * len(made))
        if kind == "flip" and made:
            made[at] ^= 1 << size % 8
        elif kind == "cut":
            del made[at : at + size]
        elif kind == "double":
            made[at:at] = made[at : at + size] * 3
        elif kind == "insert":
            made[at:at] = word
        elif kind in ("value", "element"):
            _exchange(made, VALUE if kind == "value" else ELEMENT, where, VALUES[size % len(VALUES)])
        else:
            made[at : at + len(word)] = word
    return bytes(made)


def _exchange(made: bytearray, pattern: re.Pattern[bytes], where: float, value: bytes) -> None:
    """Another value of an attribute, or an element twice in another place: XML that is well formed, and nonsense."""
    found = list(pattern.finditer(made))
    if not found:
        return
    chosen = found[int(where * len(found))]
    if pattern is VALUE:
        made[chosen.start(1) : chosen.end(1)] = value
    else:
        other = found[int((where * 7919) % 1 * len(found))].start()
        made[other:other] = chosen[0]


def broken_inside(file: bytes, damage: list[tuple[str, float, int, bytes]], which: int) -> bytes:
    """One member of a zip broken, so that the damage comes as far as the reader."""
    try:
        with ZipFile(BytesIO(file)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except BadZipFile:
        return broken(file, damage)
    names = sorted((name for name in members if name.endswith((".xml", ".rels"))), key=lambda name: -len(members[name]))
    name = names[which % len(names)]
    return zipped(members | {name: broken(members[name], damage)})


@pytest.mark.parametrize("kind", FILES)
def test_a_file_broken_at_random_is_read_or_refused(kind: str) -> None:
    sentences: set[str] = set()
    outcomes = {"read": 0, "refused": 0}

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(damages, st.booleans(), st.integers(0, 5))
    def breaks(damage: list[tuple[str, float, int, bytes]], inside: bool, which: int) -> None:
        file = (broken_inside if inside else broken)(FILES[kind], *((damage, which) if inside else (damage,)))
        try:
            source = read_source(file)
        except UnreadableFile as refused:
            outcomes["refused"] += 1
            sentences.add(str(refused))
        else:
            outcomes["read"] += 1
            assert source.blocks
            assert from_plain(to_plain(source)) == source

    breaks()

    assert outcomes["read"] + outcomes["refused"] >= EXAMPLES // 2
    assert not any("\n" in sentence for sentence in sentences)
    assert outcomes["read"], "damage that leaves nothing to read tests nothing"


@settings(max_examples=EXAMPLES * 5, deadline=None, database=None)
@given(
    st.binary(max_size=400),
    st.sampled_from((b"", b"PK\x03\x04", b"%PDF-1.4\n", b"<html>", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe")),
)
def test_bytes_at_random_are_read_or_refused(content: bytes, head: bytes) -> None:
    with suppress(UnreadableFile):
        assert read_source(head + content).blocks
