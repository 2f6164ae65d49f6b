"""Who did what."""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0105"
down_revision = "0104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", columns.PlainJson(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_entry_person_id"), "audit_entry", ["person", "id"])
    op.create_index(op.f("ix_audit_entry_action_id"), "audit_entry", ["action", "id"])


def downgrade() -> None:
    op.drop_table("audit_entry")
