"""Runs migrations within the transaction of the connection it is given."""

from typing import Any, Literal

import sqlmodel
from alembic import context
from alembic.autogenerate.api import AutogenContext

import tsunagi.store
import tsunagi.store.audit  # noqa: F401 - every repository registers its tables
from tsunagi.store.tables import METADATA


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our own column types by name; SQLModel's text is plain text."""
    if kind != "type":
        return False
    if isinstance(item, sqlmodel.AutoString):
        return "sa.String()"
    if type(item).__module__ == "tsunagi.store.columns":
        autogen.imports.add("from tsunagi.store import columns")
        return f"columns.{type(item).__name__}()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    render_item=render_item,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
