"""Customers' numbers, whose a request may be besides, and what a customer asked before."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contract", sa.Column("number", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "request", sa.Column("candidates", sa.JSON(), nullable=False, server_default="[]")
    )
    op.create_index("ix_request_customer_id", "request", ["customer", "id"])
