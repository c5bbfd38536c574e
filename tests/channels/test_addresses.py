import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.addresses import accounts_of, message_id, read_reply_address, reply_address
from rules.model import Account, ReplyAddress, ReplyPurpose

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
OURS = "support@desk.example"
ACCOUNTS = {
    "support": Account("support", "Support", OURS, frozenset({"help@desk.example"})),
    "eu": Account("eu", "EU", "support+eu@desk.example"),
}


@settings(deadline=None)
@given(st.sampled_from(ReplyPurpose), st.integers(1, 10**12))
def test_an_address_of_ours_says_what_it_is_for_in_any_case(
    purpose: ReplyPurpose, request_id: int
) -> None:
    address = reply_address(OURS, purpose, request_id, KEY)
    assert len(address.partition("@")[0]) <= 64
    expected = ReplyAddress(purpose, request_id)
    assert read_reply_address(address, OURS, KEY) == expected
    assert read_reply_address(address.upper(), OURS, KEY) == expected


def test_a_forged_address_says_nothing() -> None:
    right = reply_address(OURS, ReplyPurpose.ANSWER, 12, KEY)
    forged = [
        reply_address(OURS, ReplyPurpose.ANSWER, 12, OTHER_KEY),
        right.replace("-12-", "-13-"),
        right.replace("+answer-", "+ack-"),
        right.replace("desk.example", "elsewhere.example"),
        right.replace("support+", "sales+"),
        right.replace("-12-", "-٠12-"),
        "support+answer-12-@desk.example",
        OURS,
        "",
    ]
    assert [read_reply_address(address, OURS, KEY) for address in forged] == [None] * len(forged)


@settings(deadline=None)
@given(st.text())
def test_any_text_may_be_asked_about(text: str) -> None:
    assert read_reply_address(text, OURS, KEY) is None
    assert accounts_of(text + "@elsewhere.example", ACCOUNTS) is None


def test_an_account_too_long_for_reply_addresses_is_told_how_long_it_may_be() -> None:
    with pytest.raises(ValueError, match="characters would fit"):
        reply_address("a" * 40 + "@desk.example", ReplyPurpose.ANSWER, 1, KEY)


def test_a_message_id_is_stable_and_no_other_installations() -> None:
    assert message_id("receipt/7", "desk.example", KEY) == message_id(
        "receipt/7", "desk.example", KEY
    )
    different = {
        message_id("receipt/7", "desk.example", KEY),
        message_id("receipt-7", "desk.example", KEY),
        message_id("receipt/7", "desk.example", OTHER_KEY),
    }
    assert len(different) == 3
    assert all(not set(" <>\r\n") & set(name) for name in different)


@pytest.mark.parametrize(
    ("recipient", "name"),
    [
        ("support@desk.example", "support"),
        ("SUPPORT@Desk.Example", "support"),
        ("help@desk.example", "support"),
        ("help+x@desk.example", "support"),
        ("support+anything@desk.example", "support"),
        ("support+eu@desk.example", "eu"),
    ],
)
def test_an_address_belongs_to_its_account(recipient: str, name: str) -> None:
    account = accounts_of(recipient, ACCOUNTS)
    assert account is not None
    assert account.name == name


@pytest.mark.parametrize(
    "recipient", ["x@desk.example", "support@elsewhere.example", "support", "@desk.example", ""]
)
def test_other_addresses_belong_to_nobody(recipient: str) -> None:
    assert accounts_of(recipient, ACCOUNTS) is None


@pytest.mark.parametrize(
    ("recipient", "name"),
    [
        ("postmaster", "support"),
        ("Postmaster@DESK.example", "support"),
        ("postmaster@shop.example", "shop"),
        ("postmaster@alias.example", "eu"),
        ("postmaster@eu.example", "eu"),
        ("postmaster@elsewhere.example", None),
        ("postmaster@", None),
    ],
)
def test_the_postmaster_is_the_first_account_of_a_domain(recipient: str, name: str | None) -> None:
    shop = Account("shop", "Shop", "shop@shop.example")
    eu = Account("eu", "EU", "eu@eu.example", frozenset({"eu@alias.example"}))
    account = accounts_of(recipient, {**ACCOUNTS, "shop": shop, "eu": eu})
    assert (account.name if account else None) == name


def test_an_account_may_name_the_postmaster_its_own() -> None:
    own = Account("admin", "Admin", "admin@desk.example", frozenset({"postmaster@desk.example"}))
    assert accounts_of("postmaster@desk.example", {**ACCOUNTS, "admin": own}) is own
