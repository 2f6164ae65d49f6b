"""Notices that could not be read are tried again later, without keeping the others waiting"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("inbox", sa.Column("next_try", columns.UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("inbox") as inbox:
        inbox.drop_column("next_try")
        inbox.drop_column("attempts")
