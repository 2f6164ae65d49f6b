"""Long lists a page at a time: ask again with `after` set to `next` while there is one."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

T = TypeVar("T")

After = Annotated[str | None, Query(description="`next` of the page before", max_length=2000)]
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]


class Listing(BaseModel, Generic[T]):
    items: list[T]
    next: str | None = Field(default=None, description="ask for the next page with this as `after`; null at the end")
