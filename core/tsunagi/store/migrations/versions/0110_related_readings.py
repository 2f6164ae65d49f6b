"""What lists under records held when they were last read"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0110"
down_revision = "0109"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "related_reading",
        sa.Column("record", columns.RefText(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("record", "relation", name=op.f("pk_related_reading")),
    )


def downgrade() -> None:
    op.drop_table("related_reading")
