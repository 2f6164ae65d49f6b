"""Calls of the API that are safe to repeat: their keys and answers, for a day."""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0113"
down_revision = "0112"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repeated_call",
        sa.Column("call", sa.String(), primary_key=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("answer", columns.Encrypted(), nullable=True),
    )
    op.create_index(op.f("ix_repeated_call_at"), "repeated_call", ["at"])


def downgrade() -> None:
    op.drop_table("repeated_call")
