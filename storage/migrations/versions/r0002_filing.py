"""Who else reads a message, whose it is in truth, and what one of us sent past us."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "inbox", sa.Column("sent", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for column in (
        sa.Column("addressees", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("forwarded_from", sa.String(), nullable=False, server_default=""),
        sa.Column("forwarded_by", sa.String(), nullable=False, server_default=""),
    ):
        op.add_column("message", column)
