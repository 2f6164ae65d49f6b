"""What two-way syncs remember: merges, views, what is left to people and decided by them, and the history of fields"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("record", sa.Column("merged_into", columns.RefText(), nullable=True))
    op.create_table(
        "pair_state",
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("mapping", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("pair", name=op.f("pk_pair_state")),
    )
    op.create_table(
        "view_member",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("service", "entity", "view", "id", name=op.f("pk_view_member")),
    )
    op.create_table(
        "review_item",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("left_ref", columns.RefText(), nullable=True),
        sa.Column("right_ref", columns.RefText(), nullable=True),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("candidates", columns.PlainJson(), nullable=False),
        sa.Column("compared", columns.JsonFields(), nullable=False),
        sa.Column("reason_en", sa.String(), nullable=False),
        sa.Column("reason_ja", sa.String(), nullable=False),
        sa.Column("since", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
    )
    op.create_index(op.f("ix_review_item_pair_kind_id"), "review_item", ["pair", "kind", "id"])
    op.create_table(
        "review_decision",
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("left_ref", sa.String(), nullable=False),
        sa.Column("right_ref", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("seen", columns.JsonFields(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("pair", "left_ref", "right_ref", "field", name=op.f("pk_review_decision")),
    )


def downgrade() -> None:
    for table in ("review_decision", "review_item", "view_member", "pair_state"):
        op.drop_table(table)
    with op.batch_alter_table("record") as record:
        record.drop_column("merged_into")
