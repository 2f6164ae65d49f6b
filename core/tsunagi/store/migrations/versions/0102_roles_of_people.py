"""The role a user of the CRM has, which permissions may name."""

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not known of people read before: null until the CRM is asked again.
    op.add_column("person", sa.Column("role", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.drop_column("role")
