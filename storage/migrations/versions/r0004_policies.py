"""In whose local time and holidays a request is owed, and where its matter goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("contract", "request"):
        for name in ("timezone", "holidays"):
            op.add_column(table, sa.Column(name, sa.String(), nullable=False, server_default=""))
    # no foreign key: SQLite would have to make the table anew, and rows are copied in their order
    op.add_column("request", sa.Column("merged_into", sa.Integer(), nullable=True))
