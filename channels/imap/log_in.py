"""Who we are, told to a server: by password, or by a token (RFC 7628, and XOAUTH2 before it)."""

from collections.abc import Callable

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from channels.imap.line import AccessTokens, Login


def log_in(client: IMAPClient, login: Login) -> None:
    """Raises LoginError, what the tokens raise, and what the line raises."""
    if login.tokens:
        _by_token(client, login.username, login.tokens)
    elif f"{login.username}{login.password}".isascii():
        client.login(login.username, login.password)
    else:  # LOGIN has no words for it
        client.plain_login(login.username, login.password)


def _by_token(client: IMAPClient, username: str, tokens: AccessTokens) -> None:
    token = tokens.access()
    try:
        _bear(client, username, token)
    except LoginError:
        # It may have been taken back before its time: once more with a new one.
        _bear(client, username, tokens.access(refused=token))


def _bear(client: IMAPClient, username: str, token: str) -> None:
    """By the standard where the server knows it; Microsoft knows XOAUTH2 alone."""
    if client.has_capability("AUTH=OAUTHBEARER"):
        identity = username.replace("=", "=3D").replace(",", "=2C")
        words = f"n,a={identity},\1auth=Bearer {token}\1\1"
        client.sasl_login("OAUTHBEARER", _once(words, then=b"\1"))
    else:
        words = f"user={username}\1auth=Bearer {token}\1\1"
        client.sasl_login("XOAUTH2", _once(words, then=b""))


def _once(words: str, then: bytes) -> Callable[[bytes], bytes]:
    """The token is said once: a second challenge is the server's reason, and wants no answer."""
    left = [words.encode()]
    return lambda challenge: left.pop() if left else then
