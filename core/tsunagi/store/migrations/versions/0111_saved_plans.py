"""Saved plans, and what each would do, an entry a row."""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0111"
down_revision = "0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_plan",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "kind", "made_by")),
        *(sa.Column(name, columns.UtcDateTime(), nullable=False) for name in ("made_at", "expires_at")),
        *(sa.Column(name, columns.PlainJson(), nullable=False) for name in ("wanted", "shown")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("made_run", "run")),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("applied_by", sa.String(), nullable=False),
        sa.Column("applied_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_plan")),
    )
    op.create_index("ix_saved_plan_made_at_id", "saved_plan", ["made_at", "id"])
    op.create_index("ix_saved_plan_made_run", "saved_plan", ["made_run"])
    op.create_index("ix_saved_plan_run", "saved_plan", ["run"])
    op.create_table(
        "plan_entry",
        sa.Column("id", columns.Serial(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("plan", "pair")),
        *(sa.Column(name, columns.RefText(), nullable=True) for name in ("left", "right")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("subject", "action", "service")),
        sa.Column("changes", columns.JsonFields(), nullable=False),
        sa.Column("reason", columns.BothLanguages(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("made_from", "work", "state", "run", "left_out")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_entry")),
        sa.ForeignKeyConstraint(
            ["plan"], ["saved_plan.id"], name=op.f("fk_plan_entry_plan_saved_plan"), ondelete="CASCADE"
        ),
    )
    for name in ("action", "pair", "state"):
        op.create_index(f"ix_plan_entry_plan_{name}_id", "plan_entry", ["plan", name, "id"])


def downgrade() -> None:
    op.drop_table("plan_entry")
    op.drop_table("saved_plan")
