"""Mail mutated at random: whatever comes, reading raises nothing and stalls nowhere.

`SUPPORTD_SOAK=1` tries a million; SUPPORTD_SOAK_MAILS says how many instead.
"""

import json
import os
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.facts import facts
from tests.channels.mail_seeds import SEEDS
from tests.conftest import SOAK

MAILS = int(os.environ.get("SUPPORTD_SOAK_MAILS", "1000000")) if SOAK else 500
LONGEST = 1.0
"""Seconds of this process's own time, for one mail."""
TOKENS = [
    b"\n", b"\r\n", b"\r", b"\n\n", b":", b";", b'"', b"<", b">", b"=", b"?=", b"=?utf-8?B?",
    b"--b", b"--b--", b"--", b"> ", b"\x00", b"\xff", b"\xc4\x8d", b"\x1b$B", b"@", b"(", b"  ",
    b"multipart/mixed; boundary=b", b"message/rfc822", b"charset=utf-16", b"charset=utf-7", b"\t",
    b"On ", b" wrote:", b"From: ", b"Final-Recipient: ", b"BEGIN:VEVENT", b"<blockquote>", b"&#0;",
    b"5.1.1", b"a@b.c", b"=\n", b"%", b"*0*=", b"\xf0\x9f\x90\x88", b"[", b"\\", b"a" * 300,
]  # fmt: skip


def mutated(luck: random.Random) -> bytes:
    """A seed, or two of them spliced, with up to a dozen wounds."""
    data = bytearray(luck.choice(SEEDS))
    if luck.random() < 0.2:
        data[luck.randrange(len(data)) :] = luck.choice(SEEDS)[luck.randrange(20) :]
    for _ in range(luck.randint(1, 12)):
        at = luck.randrange(len(data) + 1)
        wound = luck.random()
        if wound < 0.45:
            data[at:at] = luck.choice(TOKENS) * (1 if wound > 0.05 else luck.randint(2, 400))
        elif wound < 0.65:
            del data[at : at + luck.randint(1, 40)]
        elif wound < 0.8:
            data[at:at] = data[at : at + luck.randint(1, 200)] * luck.randint(1, 5)
        elif at < len(data):
            data[at] = luck.randrange(256)
    return bytes(data)


def check(content: bytes) -> float:
    """Read one; the seconds it took."""
    began = time.process_time()
    told = facts(content)
    took = time.process_time() - began
    json.dumps(told)
    text = told["body"]
    assert isinstance(text, str)
    text.encode()
    assert "\x00" not in text
    return took


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_the_seeds_are_read(seed: int) -> None:
    assert check(SEEDS[seed]) < LONGEST


@settings(deadline=None, max_examples=400)
@given(st.integers(0, 2**32))
def test_wounded_mail_is_read_in_time(seed: int) -> None:
    assert check(mutated(random.Random(seed))) < LONGEST


@pytest.mark.timeout(0)
def test_wounded_mails_one_after_the_other_are_read_in_time() -> None:
    slowest, slowest_seed = 0.0, 0
    for seed in range(MAILS):
        try:
            took = check(mutated(random.Random(seed)))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
        if took > slowest:
            slowest, slowest_seed = took, seed
    print(f"{MAILS} mails, the slowest {slowest:.3f} s (seed {slowest_seed})")
    assert slowest < LONGEST
