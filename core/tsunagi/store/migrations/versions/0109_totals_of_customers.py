"""Sums of each customer's documents, kept beside them; the index they were made from goes.

The indexes of a customer's documents hold all that their pages ask for, or SQLite would choose others.
"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0109"
down_revision = "0108"
branch_labels = None
depends_on = None

_AMOUNTS = ("total", "balance", "base_total", "base_balance")
_GROUP = ("service", "entity", "customer", "currency", "base_currency", "status")
_NOT_DELETED = sa.text("deleted_at IS NULL")
_OWED = sa.text("deleted_at IS NULL AND balance <> 0")
_CUSTOMER_OWED = (
    *("customer", "service", "entity", "currency", "base_currency", "status"),
    *("due_date", "day", "balance", "base_balance", "deleted_at"),
)
_ROWS_AT_A_TIME = 5_000


def upgrade() -> None:
    totals = op.create_table(
        "document_total",
        *(sa.Column(name, sa.String(), nullable=False) for name in _GROUP),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        *(sa.Column(name, columns.SumText(), nullable=False) for name in _AMOUNTS),
        sa.PrimaryKeyConstraint(*_GROUP, name=op.f("pk_document_total")),
    )
    for some in op.get_bind().execute(_sums()).mappings().partitions(_ROWS_AT_A_TIME):
        op.bulk_insert(totals, [dict(row) for row in some])
    op.drop_index("ix_document_sums", "document")
    op.drop_index("ix_document_customer", "document")
    op.create_index(
        "ix_document_customer",
        "document",
        ["customer", "service", "entity", "day", "id", "deleted_at"],
        sqlite_where=_NOT_DELETED,
        postgresql_where=_NOT_DELETED,
    )
    op.create_index(
        "ix_document_customer_owed",
        "document",
        list(_CUSTOMER_OWED),
        sqlite_where=_OWED,
        postgresql_where=_OWED,
    )


def downgrade() -> None:
    op.drop_index("ix_document_customer_owed", "document")
    op.drop_index("ix_document_customer", "document")
    op.create_index("ix_document_customer", "document", ["customer", "service", "entity", "day", "id"])
    op.create_index(
        "ix_document_sums",
        "document",
        ["customer", "service", "entity", "currency", "base_currency", "status", *_AMOUNTS, "deleted_at"],
        sqlite_where=_NOT_DELETED,
        postgresql_where=_NOT_DELETED,
    )
    op.drop_table("document_total")


def _sums() -> sa.Select[tuple[object, ...]]:
    amounts = (sa.column(name, columns.ExactDecimal()) for name in _AMOUNTS)
    document = sa.table("document", *(sa.column(name, sa.String()) for name in (*_GROUP, "deleted_at")), *amounts)
    # Documents of no customer have sums too.
    customer = sa.func.coalesce(document.c.customer, "")
    group = [customer.label(name) if name == "customer" else document.c[name] for name in _GROUP]
    sums = [columns.exact_sum(document.c[name]).label(name) for name in _AMOUNTS]
    counted = sa.select(*group, sa.func.count().label("documents"), *sums).where(document.c.deleted_at.is_(None))
    return counted.group_by(*(customer if name == "customer" else document.c[name] for name in _GROUP))
