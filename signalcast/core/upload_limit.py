"""Requests with files have an end, before anything of them is read."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

#: Bytes of a request with files: three of the largest that any page takes, and a form.
LARGEST = 16 * 1024 * 1024


class UploadLimit(FileUploadHandler):
    """The first of Django's upload handlers: it keeps nothing, and refuses what is too large."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Raises RequestDataTooBig."""
        if content_length > LARGEST:
            raise RequestDataTooBig("The files are too large.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand it on."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Others keep it."""
