"""Paid work offered to customers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    amounts = ("quantity", "unit_price", "list_price", "discount_percent", "discount", "price")
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(32), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        # As text, digit for digit: SQLite has only floats.
        *(sa.Column(name, sa.String(), nullable=False) for name in amounts),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("small_print", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("offered_by", sa.String(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        # No foreign key: rows are copied in their order, and it names a later one.
        sa.Column("replaced_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name="fk_offer_request_id"),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name="fk_offer_contract_id"),
        sa.PrimaryKeyConstraint("id", name="pk_offer"),
    )
    op.create_index("ix_offer_request_id", "offer", ["request_id"])
    op.create_index("ix_offer_customer_decided_at", "offer", ["customer", "decided_at"])
