"""Pictures from people, made anew: what is kept is ours, whatever the file was."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from PIL.Image import Image

#: Width and height are at most this; narrower variants are for lists and phones.
LARGEST = 1_920
WIDTHS = (960, 480)
#: Of a hundred, as WebP counts it.
QUALITY = 80
#: More than the largest phone camera's usual picture, and no more than 150 MB in memory.
MOST_PIXELS = 36_000_000

#: How files begin, by what they are.
MAGIC = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}
PICTURES = frozenset({"png", "jpeg", "webp"})


class UnusablePicture(ValueError):
    """A file that no picture can be made of; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as WebP, without anything that was said in the file besides."""

    width: int
    height: int
    body: bytes


def kind_of(body: bytes) -> str:
    """What a file is by its first bytes: pdf, png, jpeg, webp, or "" for anything else."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "webp"
    return next((kind for kind, magic in MAGIC.items() if body.startswith(magic)), "")


def reencode(body: bytes, *, widths: Iterable[int] = WIDTHS) -> list[Picture]:
    """The picture at 1920 pixels at most, then variants of those WIDTHS that are narrower.

    Turned as its camera said; without places, names and comments; the first frame where it moves.
    Raises UnusablePicture.
    """
    from PIL import Image, ImageOps  # takes 10 MB, and few processes see a picture

    if kind_of(body) not in PICTURES:
        raise UnusablePicture(_("This is no PNG, JPEG or WebP picture. Choose another file."))
    try:
        with Image.open(io.BytesIO(body), formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise UnusablePicture(_too_many())
            opened.draft("RGB", (LARGEST, LARGEST))  # a JPEG is read no larger than is needed
            turned = ImageOps.exif_transpose(opened)
        picture = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
        picture.thumbnail((LARGEST, LARGEST))
        narrower = [width for width in widths if width < picture.width]
        return [_encode(picture), *(_encode(_narrowed(picture, width)) for width in narrower)]
    except UnusablePicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePicture(_too_many()) from error
    except Exception as error:  # a broken file brings about nearly any
        raise UnusablePicture(
            _("The picture is broken. Save it anew and choose it again.")
        ) from error


def _too_many() -> str:
    return _("The picture has too many pixels. Make it smaller.")


def _narrowed(picture: Image, width: int) -> Image:
    return picture.resize((width, max(1, round(picture.height * width / picture.width))))


def _encode(picture: Image) -> Picture:
    made = io.BytesIO()
    # Nothing but pixels is handed on: no EXIF, no profile, no comment.
    picture.save(made, "WEBP", quality=QUALITY, exif=b"", icc_profile=b"", xmp=b"")
    return Picture(picture.width, picture.height, made.getvalue())
