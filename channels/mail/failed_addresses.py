"""Which address failed, where a server says so in its own words."""

import logging
import re
from collections.abc import Iterable, Iterator
from email.message import Message as Rebuilt

from flufl.bounce import all_failures

from channels.mail.delivery_status import ADDRESS, unique
from channels.mail.mime import Mail
from channels.mail.phrases import one_of

logging.getLogger("flufl.bounce").disabled = True  # it would log what strangers wrote

_MOST_LINES = 400
_LONGEST_LINE = 200
_MOST_CHARACTERS = 16_384
"""Of what the library may look at: its time grows with the square of a line."""
_DAEMON = re.compile(one_of("bounces", "daemons"), re.IGNORECASE)
_FAILURE = re.compile(one_of("bounces", "failures"), re.IGNORECASE)
_HEADED = re.compile(rf"^[ \t*-]*+<({ADDRESS.pattern})>[ \t]*:", re.MULTILINE)
_ALONE = re.compile(rf"^[ \t*-]*+<?({ADDRESS.pattern})>?[ \t]*(?::|\.\.\.|;|$|\()", re.MULTILINE)
_HERALDED = re.compile(
    rf"(?:^|[\s(]){one_of('bounces', 'heralds')}[ \t]*+[:=]?+[ \t]*+(?:smtp:|rfc822;)?[\"'<\[]*"
    rf"({ADDRESS.pattern})",
    re.IGNORECASE | re.MULTILINE,
)


def by_library(mail: Mail) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Failed and waiting, after the forms that flufl.bounce knows."""
    try:
        waiting, failed = all_failures(_rebuilt(mail))
    except Exception:  # hostile headers find their way into its detectors
        return (), ()
    return _addresses(failed), _addresses(waiting)


def _rebuilt(mail: Mail) -> Rebuilt:
    """The server's own words, bounded, in the shape that they came in."""
    parts, left = [], _MOST_CHARACTERS
    for part in mail.parts:
        if part.content_type in ("text/plain", "text/html") and left > 0:
            lines = part.text[:left].split("\n")[:_MOST_LINES]
            parts.append(_leaf(part.content_type, "\n".join(x[:_LONGEST_LINE] for x in lines)))
            left -= len(part.text)
    whole = Rebuilt() if mail.content_type.startswith("multipart/") or not parts else parts[0]
    if whole.get_content_type() != mail.content_type:
        del whole["Content-Type"]
        whole["Content-Type"] = mail.content_type
        whole.set_payload([*parts])
    whole["from"] = f"<{mail.sender.address or 'nobody@invalid'}>"
    for name in ("subject", "x-mailer", "x-failed-recipients"):
        if mail.header(name):
            whole[name] = mail.header(name)[:1000]
    return whole


def _leaf(content_type: str, text: str) -> Rebuilt:
    leaf = Rebuilt()
    leaf["Content-Type"] = content_type
    leaf.set_payload(text.encode("ascii", "replace").decode())
    return leaf


def _addresses(found: Iterable[bytes]) -> tuple[str, ...]:
    addresses = (each.decode("ascii", "replace").strip("<>. ") for each in sorted(found))
    return unique(address for address in addresses if ADDRESS.fullmatch(address))


def listed(mail: Mail) -> tuple[str, ...]:
    """Those of the header that Exim and Gmail write."""
    return unique(ADDRESS.findall(", ".join(mail.headers.get("x-failed-recipients", ()))))


def named(told: str, mail: Mail) -> tuple[str, ...]:
    """Those that stand where servers put them: as `<...>:`, alone, after "to", beside a failure."""
    ours = {mailbox.address.lower() for mailbox in (*mail.to, mail.sender)}
    for candidates in _candidates(told):
        found = (address.rstrip(".'") for address in candidates if not _DAEMON.search(address))
        if others := unique(a for a in found if a.lower() not in ours):
            return others
    return unique(_HEADED.findall(told))  # a mail to oneself


def _candidates(told: str) -> Iterator[list[str]]:
    yield _HEADED.findall(told)
    yield _ALONE.findall(told)
    yield _HERALDED.findall(told)
    failing = (line for line in told.split("\n") if _FAILURE.search(line))
    yield [address for line in failing for address in ADDRESS.findall(line)]
    yield ADDRESS.findall(told)
