"""Which message a notice went out in together with others."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("gathering", sa.String(), nullable=False, server_default=""))
    gathered = sa.text("gathering <> ''")
    op.create_index(
        "ix_outbox_gathering",
        "outbox",
        ["gathering"],
        sqlite_where=gathered,
        postgresql_where=gathered,
    )
