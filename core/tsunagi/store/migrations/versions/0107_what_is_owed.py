"""An index of the documents that are still owed on, for their sums by how long they have been due."""

import sqlalchemy as sa
from alembic import op

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None

_OWED = sa.text("deleted_at IS NULL AND balance <> 0")
_COLUMNS = ("service", "entity", "status", "currency", "base_currency", "due_date", "day", "balance", "base_balance")


def upgrade() -> None:
    op.create_index(
        "ix_document_owed", "document", [*_COLUMNS, "deleted_at"], sqlite_where=_OWED, postgresql_where=_OWED
    )


def downgrade() -> None:
    op.drop_index("ix_document_owed", "document")
