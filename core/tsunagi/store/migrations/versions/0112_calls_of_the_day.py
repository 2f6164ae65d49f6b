"""What is left of an organisation's calls of the day, and when a run that has used them up goes on."""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0112"
down_revision = "0111"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "day_budget",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("told_at", columns.UtcDateTime(), nullable=False),
        sa.Column("resets_at", columns.UtcDateTime(), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "calls_made",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("hour", columns.UtcDateTime(), primary_key=True),
        sa.Column("calls", sa.Integer(), nullable=False),
    )
    op.add_column("sync_run", sa.Column("resumes_at", columns.UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("sync_run") as sync_run:
        sync_run.drop_column("resumes_at")
    op.drop_table("calls_made")
    op.drop_table("day_budget")
