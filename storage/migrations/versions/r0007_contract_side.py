"""All of a contract, what was done to it, when the ledger was written, why work is billable."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("extras", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("renewal_notice", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("ended_on", sa.Date(), nullable=True),
    ):
        op.add_column("contract", column)
    _create_for_persons("phone")
    _create_for_persons("identity")
    op.create_table(
        "contractchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contractchange_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contractchange")),
    )
    op.create_index(op.f("ix_contractchange_contract_id"), "contractchange", ["contract_id"])
    op.add_column("request", sa.Column("uncovered", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("request", sa.Column("provisional_severity", sa.String(32), nullable=True))
    long_ago = sa.text("'1970-01-01 00:00:00+00'")
    at = sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=long_ago)
    op.add_column("credit", at)
    op.add_column(
        "credit", sa.Column("who", sa.String(), nullable=False, server_default="supportd")
    )
    # A line of before says when its request came, which was seconds earlier where it was drawn.
    came = "SELECT received_at FROM request WHERE request.id = credit.request_id"
    op.execute(f"UPDATE credit SET at = ({came})")


def _create_for_persons(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(name, sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f(f"fk_{name}_contract_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{name}_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    for column in ("contract_id", "person_id", name):
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
