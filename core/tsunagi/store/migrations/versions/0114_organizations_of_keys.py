"""Keys say by name which organisation they connect; those issued before keep its ID alone."""

import sqlalchemy as sa
from alembic import op

revision = "0114"
down_revision = "0113"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shared_key", sa.Column("organization_name", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("shared_key") as table:
        table.drop_column("organization_name")
