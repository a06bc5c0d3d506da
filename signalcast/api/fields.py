"""What the fields of requests and answers are made of."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

Item = TypeVar("Item")

#: Text without NUL, which no database of ours holds in text.
NO_NUL = r"^[^\u0000]*$"
Text = Annotated[str, StringConstraints(pattern=NO_NUL, max_length=4_000)]
Word = Annotated[str, StringConstraints(pattern=NO_NUL, max_length=128)]
#: Why something is done: it is noted.
Reason = Annotated[str, StringConstraints(pattern=r"^[^\u0000]*\S[^\u0000]*$", max_length=300)]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=64)]
#: Keys of a database.
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
Count = Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]

Limit = Annotated[int, Field(ge=1, le=100, description="Rows of a page.")]
Cursor = Annotated[
    str, StringConstraints(max_length=200), Field(description="`next` of the page before.")
]


class In(BaseModel):
    """What a request holds. What it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[Item]):
    """A part of a list, newest first."""

    items: list[Item]
    #: Give it back as `cursor` for the rows behind these; null at the end.
    next: str | None


class Money(BaseModel):
    """So many of a currency's smallest units: 2900 EUR are 29.00 EUR."""

    amount: int
    currency: str

    model_config = ConfigDict(json_schema_extra={"example": {"amount": 2900, "currency": "EUR"}})


class Named(BaseModel):
    """A thing by the name that addresses have, and the one that people read."""

    slug: str
    name: str

    model_config = ConfigDict(
        json_schema_extra={"example": {"slug": "crypto", "name": "Crypto majors"}}
    )
