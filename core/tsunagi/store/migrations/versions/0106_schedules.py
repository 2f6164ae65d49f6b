"""How far rules with a schedule have come"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedule",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("last", columns.UtcDateTime(), nullable=False),
        sa.Column("due", columns.UtcDateTime(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.Column("unsettled", sa.Integer(), nullable=False),
        sa.Column("example", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_schedule")),
    )


def downgrade() -> None:
    op.drop_table("schedule")
