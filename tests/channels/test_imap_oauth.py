"""Tokens in place of passwords: a real OAuth server gives them, a real Dovecot asks it."""

import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError

import pytest
from imapclient.exceptions import LoginError

from channels.imap import Login, MailboxFolder, Security, oauth
from channels.imap.oauth import Grant, Granted, Provider
from channels.imap.session import Session
from channels.imap.tokens import Kept, LoginNeeded, Tokens
from rules.model import Account
from tests import dovecot as dovecots
from tests.channels.mailbox_desk import Desk, follow
from tests.dovecot import Dovecot
from tests.oauth_server import CLIENT, SECRET, OAuthServer, oauth_server

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
ACCOUNT = Account("support", "Support", "support@desk.example")
LETTER = b"From: ana@customer.example\r\nSubject: one\r\n\r\nHelp.\r\n"


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # http, which it refuses else


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with oauth_server() as started:
        yield started


class Kept_:
    """Where tokens are kept, as the store does it."""

    def __init__(self) -> None:
        self.value: str | None = None
        self.full = False
        self.saved: list[str] = []

    def load(self) -> str | None:
        return self.value

    def save(self, value: str) -> None:
        if self.full:
            raise OSError("disk full")
        self.value = value
        self.saved.append(value)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def provider(server: OAuthServer, grant: Grant = Grant.DEVICE) -> Provider:
    return Provider(
        grant=grant,
        token_url=f"{server.url}/token",
        client_id=CLIENT,
        client_secret=SECRET,
        scope="imap offline_access",
        device_url=f"{server.url}/device",
        consent_url=f"{server.url}/authorize",
    )


class House:
    """A login as a person left it, and who uses it."""

    def __init__(self, server: OAuthServer, grant: Grant = Grant.DEVICE) -> None:
        self.server = server
        self.kept = Kept_()
        self.clock = Clock()
        self.provider = provider(server, grant)
        self.tokens = self.new_tokens()

    def new_tokens(self) -> Tokens:
        return Tokens("box", self.provider, self.kept.load, self.kept.save, self.clock)

    def log_in(self, username: str = "support") -> None:
        told = self.server.log_in(username)
        life = timedelta(seconds=told["expires_in"])
        self.tokens.keep(Granted(told["access_token"], life, told["refresh_token"]))


@pytest.fixture
def house(server: OAuthServer) -> House:
    made = House(server)
    made.log_in()
    return made


def test_a_token_serves_until_shortly_before_its_end(house: House) -> None:
    first = house.tokens.access()
    house.clock.now += timedelta(minutes=54)
    assert house.tokens.access() == first
    assert house.server.asked == []
    house.clock.now += timedelta(minutes=1)
    assert house.tokens.access() != first
    assert house.server.asked == ["refresh_token"]


def test_a_refresh_token_that_the_server_replaced_is_kept(house: House) -> None:
    for _ in range(5):  # the second would fail already, and take back the whole login
        house.clock.now += timedelta(hours=2)
        assert house.new_tokens().access()
    assert len({Kept.read(value).refresh for value in house.kept.saved}) == 6


def test_a_refresh_token_that_the_server_did_not_replace_stays(house: House) -> None:
    house.server.replaces = False
    for _ in range(3):
        house.clock.now += timedelta(hours=2)
        assert house.tokens.access()
    assert len({Kept.read(value).refresh for value in house.kept.saved}) == 1


def test_two_folders_that_find_the_token_ended_renew_it_once(house: House) -> None:
    house.clock.now += timedelta(hours=2)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(house.tokens.access())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert house.server.asked == ["refresh_token"]


def test_a_new_token_that_cannot_be_kept_yet_is_used_and_kept_later(house: House) -> None:
    house.clock.now += timedelta(hours=2)
    house.kept.full = True
    renewed = house.tokens.access()
    house.clock.now += timedelta(hours=2)
    again = house.tokens.access()
    assert renewed != again
    house.kept.full = False
    assert house.tokens.access() == again
    assert house.new_tokens().access() == again


def test_a_login_beside_us_is_taken_up_at_once(house: House) -> None:
    house.server.revoke("support")
    house.clock.now += timedelta(hours=2)
    with pytest.raises(LoginNeeded):
        house.tokens.access()
    beside = House(house.server)
    beside.kept, beside.clock = house.kept, house.clock
    beside.tokens = beside.new_tokens()
    beside.log_in()
    assert house.tokens.access() == Kept.read(house.kept.value or "").access


def test_one_that_another_process_renewed_meanwhile_is_no_dead_token(house: House) -> None:
    house.clock.now += timedelta(hours=2)
    old = house.kept.value
    other = house.new_tokens().access()
    answers = iter([old, house.kept.value])
    raced = Tokens("box", house.provider, lambda: next(answers), house.kept.save, house.clock)
    assert raced.access() == other


def test_a_dead_token_says_what_a_person_can_do_and_no_secret(house: House) -> None:
    refresh = Kept.read(house.kept.value or "").refresh
    house.server.revoke("support")
    house.clock.now += timedelta(hours=2)
    with pytest.raises(LoginNeeded) as caught:
        house.tokens.access()
    told = str(caught.value)
    assert "127.0.0.1 refuses: invalid_grant: no, because" in told
    assert "`supportd mailbox login box` gets a new one" in told
    assert refresh not in f"{told}{house.provider!r}"
    assert SECRET not in f"{told}{house.provider!r}"


def test_without_a_login_a_person_is_asked_for_one(server: OAuthServer) -> None:
    with pytest.raises(LoginNeeded, match="nobody has logged in yet"):
        House(server).tokens.access()


def test_a_server_in_trouble_kills_no_token(house: House) -> None:
    house.clock.now += timedelta(hours=2)
    house.server.broken = True
    with pytest.raises(OSError, match=r"127\.0\.0\.1 answers 503"):
        house.tokens.access()
    house.server.broken = False
    assert house.tokens.access()


def test_nobody_need_log_in_where_the_client_may_by_itself(server: OAuthServer) -> None:
    house = House(server, Grant.CLIENT_CREDENTIALS)
    first = house.tokens.access()
    assert server.asked == ["client_credentials"]
    house.clock.now += timedelta(hours=2)
    assert house.tokens.access() != first


def test_consent_in_a_browser_brings_tokens(server: OAuthServer) -> None:
    asked = provider(server, Grant.CONSENT)
    page = oauth.consent_page(asked, "our-state", "v" * 43)
    address = led_to(page)
    assert address.startswith(oauth.REDIRECT)
    with pytest.raises(oauth.Refused, match="another try"):
        oauth.by_consent(asked, address, "other-state", "v" * 43)
    with pytest.raises(oauth.Refused, match="invalid_grant"):
        oauth.by_consent(asked, led_to(page), "our-state", "w" * 43)
    granted = oauth.by_consent(asked, address, "our-state", "v" * 43)
    assert (bool(granted.access), bool(granted.refresh)) == (True, True)


def test_consent_refused_is_told(server: OAuthServer) -> None:
    address = f"{oauth.REDIRECT}?error=access_denied&state=s"
    with pytest.raises(oauth.Refused, match="access_denied"):
        oauth.by_consent(provider(server, Grant.CONSENT), address, "s", "v" * 43)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def led_to(page: str) -> str:
    """What a browser would show in its address line."""
    with pytest.raises(HTTPError) as caught:
        urllib.request.build_opener(_Stay).open(page)
    with caught.value as answer:
        return str(answer.headers["Location"])


def test_a_page_in_place_of_an_answer_is_told_as_trouble(server: OAuthServer) -> None:
    asked = replace(provider(server), token_url=f"{server.url}/device")
    with pytest.raises(oauth.Refused, match="missing_token"):
        oauth.refreshed(asked, "x")


# --- With a real IMAP server ---


@pytest.fixture(scope="module")
def shared() -> Iterator[OAuthServer]:
    with oauth_server() as started:
        yield started


@pytest.fixture(scope="module", params=["oauthbearer", "xoauth2"])
def dovecot(request: pytest.FixtureRequest, shared: OAuthServer) -> Iterator[Dovecot]:
    introspection = f"{shared.url}/in"
    with dovecots.running(introspection=introspection, mechanisms=request.param) as server:
        yield server


def login(dovecot: Dovecot, house: House, user: str = "support") -> Login:
    way = Login("127.0.0.1", dovecot.port, Security.NONE, user, "")
    return replace(way, tokens=house.tokens)


def folder(dovecot: Dovecot, house: House) -> MailboxFolder:
    return MailboxFolder(
        mailbox="box",
        folder="INBOX",
        login=login(dovecot, house),
        account=ACCOUNT,
        clock=house.clock,
        start_at=NOW - timedelta(days=9999),
        poll=0.2,
        look_every=0.1,
    )


def test_mail_is_taken_with_a_token(dovecot: Dovecot, shared: OAuthServer) -> None:
    house = House(shared)
    house.log_in()
    desk = Desk()
    dovecot.deliver("support", LETTER)
    follow(desk, folder(dovecot, house), until=lambda: len(desk.stored) > 0)
    assert set(desk.subjects()) == {"one"}


def test_a_token_taken_back_before_its_time_is_renewed_once(
    dovecot: Dovecot, shared: OAuthServer
) -> None:
    house = House(shared)
    house.log_in()
    shared.revoke_access()
    shared.asked.clear()
    with Session(login(dovecot, house), "INBOX", read_only=True):
        assert shared.asked == ["refresh_token"]


def test_a_token_of_somebody_else_opens_nothing(dovecot: Dovecot, shared: OAuthServer) -> None:
    house = House(shared)
    house.log_in("stranger")
    with pytest.raises(LoginError) as caught:
        Session(login(dovecot, house), "INBOX", read_only=True)
    assert Kept.read(house.kept.value or "").access not in str(caught.value)


def test_a_dead_token_ends_the_run_so_that_it_is_told_of(
    dovecot: Dovecot, shared: OAuthServer
) -> None:
    house = House(shared)
    house.log_in()
    shared.revoke("support")
    with pytest.raises(LoginNeeded, match="mailbox login box"):
        follow(Desk(), folder(dovecot, house), until=lambda: False)


def test_the_login_is_renewed_while_the_line_holds(dovecot: Dovecot, shared: OAuthServer) -> None:
    house = House(shared)
    house.log_in()
    shared.asked.clear()
    followed = folder(dovecot, house)

    def renewed() -> bool:
        if followed.is_ready():
            house.clock.now = NOW + timedelta(hours=2)
        return shared.asked == ["refresh_token"]

    follow(Desk(), followed, until=renewed)


def test_a_dead_token_is_told_of_while_the_line_still_holds(
    dovecot: Dovecot, shared: OAuthServer
) -> None:
    house = House(shared)
    house.log_in()
    desk, followed = Desk(), folder(dovecot, house)

    def told() -> bool:
        if followed.is_ready():
            shared.revoke("support")
            house.clock.now = NOW + timedelta(hours=2)
        return any("mailbox login box" in t.detail for t in followed.troubles())

    follow(desk, followed, until=told)
    dovecot.deliver("support", LETTER)
    assert followed.is_ready() is False  # it was stopped, not broken
