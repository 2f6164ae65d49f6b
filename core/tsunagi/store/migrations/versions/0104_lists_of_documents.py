"""Lists of documents across all customers: an order of due dates, and indexes for filters, orders and sums."""

import sqlalchemy as sa
from alembic import op

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None

_AMOUNTS = ("total", "balance", "base_total", "base_balance")
_INDEXES = {
    "ix_document_listed": ("day", "id", "status", "currency", "number", "reference", "customer"),
    "ix_document_number": ("number", "id"),
    "ix_document_due_day": ("due_day", "id"),
    "ix_document_total": ("total", "id"),
    "ix_document_balance": ("balance", "id"),
    "ix_document_kind_sums": ("currency", "base_currency", "status", *_AMOUNTS),
}
_NOT_DELETED = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    # The default is for the documents that are there; the hub itself always says the day.
    op.add_column("document", sa.Column("due_day", sa.Date(), nullable=False, server_default="0001-01-01"))
    op.execute("UPDATE document SET due_day = due_date WHERE due_date IS NOT NULL")
    for name, columns in _INDEXES.items():
        op.create_index(
            name,
            "document",
            ["service", "entity", *columns, "deleted_at"],
            sqlite_where=_NOT_DELETED,
            postgresql_where=_NOT_DELETED,
        )


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "document")
    with op.batch_alter_table("document") as document:
        document.drop_column("due_day")
