"""Pictures from people are made anew, and what is none is told so."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from signalcast.core.images import Picture, UnusablePicture, kind_of, reencode


def file(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, (200, 30, 30) if mode == "RGB" else None).save(made, kind, **options)
    return made.getvalue()


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_webp(kind: str) -> None:
    [picture] = reencode(file(kind))

    assert (picture.width, picture.height) == (40, 30)
    assert opened(picture.body).format == "WEBP"
    assert kind_of(picture.body) == "webp"


def test_a_large_picture_is_made_smaller_with_narrower_variants() -> None:
    pictures = reencode(file("JPEG", (4000, 3000)))

    assert [(one.width, one.height) for one in pictures] == [(1920, 1440), (960, 720), (480, 360)]
    assert [opened(one.body).size for one in pictures] == [(1920, 1440), (960, 720), (480, 360)]


def test_a_narrow_picture_has_only_the_variants_that_are_narrower() -> None:
    assert [one.width for one in reencode(file("PNG", (500, 20)))] == [500, 480]
    assert [one.height for one in reencode(file("PNG", (1900, 1)))] == [1, 1, 1]


def test_where_a_picture_was_taken_is_not_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "in front of my house"
    exif[0x0112] = 6  # turned by 90 degrees
    body = file("JPEG", (40, 30), exif=exif, comment=b"mine")

    [picture] = reencode(body)

    assert (picture.width, picture.height) == (30, 40)
    assert not opened(picture.body).getexif()
    assert b"house" not in picture.body
    assert b"mine" not in picture.body


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_any_kind_of_pixels_will_do(mode: str) -> None:
    [picture] = reencode(file("PNG", mode=mode))

    assert opened(picture.body).size == (40, 30)


def test_transparency_stays() -> None:
    assert opened(reencode(file("PNG", mode="RGBA"))[0].body).mode == "RGBA"


def test_a_small_file_of_a_huge_picture_is_refused_before_it_is_read() -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        whole = name + body
        return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))

    for side in (7_000, 60_000):
        header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"")
        with pytest.raises(UnusablePicture, match="too many pixels"):
            reencode(bomb + chunk(b"IEND", b""))


@pytest.mark.parametrize("body", [b"", b"hello", b"GIF89a", b"<svg/>", b"%PDF-1.7", b"MZ"])
def test_what_is_no_picture_is_told(body: bytes) -> None:
    with pytest.raises(UnusablePicture, match="no PNG, JPEG or WebP"):
        reencode(body)


@given(st.data(), st.sampled_from(["PNG", "JPEG", "WEBP"]))
def test_a_broken_picture_is_told_and_nothing_else_happens(data: st.DataObject, kind: str) -> None:
    body = bytearray(file(kind))
    for _number in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(body[: data.draw(st.integers(0, len(body)))])

    pictures: list[Picture] = []
    with suppress(UnusablePicture):
        pictures = reencode(cut)
    assert all(kind_of(one.body) == "webp" for one in pictures)


def test_files_are_told_apart_by_how_they_begin() -> None:
    assert kind_of(b"%PDF-1.7\n...") == "pdf"
    assert kind_of(file("PNG")) == "png"
    assert kind_of(file("JPEG")) == "jpeg"
    assert kind_of(b"RIFF0000WAVE") == ""
