"""What a person has asked of a run that is on its way, and with which terms it was begun."""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0108"
down_revision = "0107"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sync_run", sa.Column("asked", sa.String(), nullable=False, server_default=""))
    op.add_column("sync_run", sa.Column("terms", columns.JsonFields(), nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("sync_run") as sync_run:
        sync_run.drop_column("terms")
        sync_run.drop_column("asked")
