"""Whom a report says that it failed or waits for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("failed_recipients", "delayed_recipients"):
        op.add_column("message", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
