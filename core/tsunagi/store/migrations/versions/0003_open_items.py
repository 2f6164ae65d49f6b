"""The standing list; orphaned links; sums of documents from an index"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ALIVE = sa.text("deleted_at IS NULL")
_SUMMED = [
    *("customer", "service", "entity", "currency", "base_currency", "status"),
    *("total", "balance", "base_total", "base_balance", "deleted_at"),
]
_OPEN = sa.text("resolved_at IS NULL")


def upgrade() -> None:
    # Both databases rename a column in place: nothing is copied, however many links there are.
    op.execute("ALTER TABLE link RENAME COLUMN apart TO orphaned")
    op.drop_index("ix_document_deal", "document")
    op.create_index("ix_document_deal", "document", ["service", "entity", "deal", "day", "id"])
    op.create_index("ix_document_sums", "document", _SUMMED, sqlite_where=_ALIVE, postgresql_where=_ALIVE)
    op.create_table(
        "open_item",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("parameters", columns.JsonFields(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.Column("text_ja", sa.String(), nullable=False),
        sa.Column("remedy_en", sa.String(), nullable=True),
        sa.Column("remedy_ja", sa.String(), nullable=True),
        sa.Column("resolver", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("since", columns.UtcDateTime(), nullable=False),
        sa.Column("reported_at", columns.UtcDateTime(), nullable=False),
        sa.Column("next_try", columns.UtcDateTime(), nullable=True),
        sa.Column("resolved_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_open_item")),
    )
    op.create_index("ix_open_item_open", "open_item", ["since", "key"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_open_item_due", "open_item", ["next_try"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "open_item_record",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ref", columns.RefText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item"], ["open_item.key"], name=op.f("fk_open_item_record_item_open_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item", "position", name=op.f("pk_open_item_record")),
    )
    op.create_index(op.f("ix_open_item_record_ref"), "open_item_record", ["ref"])


def downgrade() -> None:
    op.drop_table("open_item_record")
    op.drop_table("open_item")
    op.drop_index("ix_document_sums", "document")
    op.drop_index("ix_document_deal", "document")
    op.create_index("ix_document_deal", "document", ["deal", "service", "entity", "day", "id"])
    op.execute("ALTER TABLE link RENAME COLUMN orphaned TO apart")
