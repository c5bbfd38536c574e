"""A key to sign mail with, made anew for each run of the tests."""

import base64
import hashlib
import random
from functools import cache

import dkim

_RSA = bytes.fromhex("300d06092a864886f70d0101010500")  # rsaEncryption, no parameters


class SigningKey:
    """An RSA key of 1024 bits: as short as DKIM allows, and soon made."""

    def __init__(self) -> None:
        p, q = _prime(512), _prime(512)
        n, e = p * q, 65_537
        d = pow(e, -1, (p - 1) * (q - 1))
        numbers = (0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
        private = base64.encodebytes(_sequence(*map(_integer, numbers)))
        kind = b"RSA PRIVATE " + b"KEY"
        self.private = b"-----BEGIN %b-----\n%b-----END %b-----\n" % (kind, private, kind)
        bits = b"\0" + _sequence(_integer(n), _integer(e))
        public = _sequence(_RSA, _tagged(3, bits))
        self.record = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"

    def sign(self, mail: bytes, domain: str, **more: object) -> bytes:
        """The mail with a signature on top; its key is at s1._domainkey of the domain."""
        options = {"canonicalize": (b"relaxed", b"relaxed")} | more
        return bytes(dkim.sign(mail, b"s1", domain.encode(), self.private, **options)) + mail

    def sign_without_author(self, mail: bytes, domain: str) -> bytes:
        """As no signer should (RFC 6376, 5.4): From is not among what is signed."""
        signer = dkim.DKIM(mail)
        signer.hasher = dkim.HASH_ALGORITHMS[b"rsa-sha256"]
        policy = dkim.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
        body = hashlib.sha256(policy.canonicalize_body(signer.body)).digest()
        tags = {"v": "1", "a": "rsa-sha256", "c": "relaxed/relaxed", "d": domain, "s": "s1"}
        tags |= {"h": "subject : to", "bh": base64.b64encode(body).decode(), "b": "0" * 60}
        value = signer.gen_header(
            [(name.encode(), tag.encode()) for name, tag in tags.items()],
            [b"subject", b"to"],
            policy,
            b"DKIM-Signature",
            dkim.parse_pem_private_key(self.private),
        )
        return b"DKIM-Signature: " + bytes(value) + mail

    def seal(self, mail: bytes, domain: str, authserv_id: str) -> bytes:
        """The mail with an ARC set on top, made of the results under this id."""
        names = [b"from", b"to", b"subject", b"date"]
        sealed = dkim.arc_sign(
            mail,
            b"s1",
            domain.encode(),
            self.private,
            authserv_id.encode(),
            include_headers=names,
        )
        assert sealed, "nothing to seal"
        return b"".join(sealed) + mail


@cache
def the_key() -> SigningKey:
    """One for a whole run."""
    return SigningKey()


def _prime(bits: int) -> int:
    luck = random.SystemRandom()
    while True:
        n = luck.getrandbits(bits) | 3 << bits - 2 | 1
        if all(n % small for small in (3, 5, 7, 11, 13)) and n % 65_537 != 1 and _passes(n, luck):
            return n


def _passes(n: int, luck: random.Random) -> bool:
    """Miller and Rabin's test, twenty times."""
    twos = ((n - 1) & -(n - 1)).bit_length() - 1
    odd = n - 1 >> twos
    for _ in range(20):
        x = pow(luck.randrange(2, n - 1), odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    wide = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, size] if size < 128 else [tag, 0x80 | len(wide), *wide]) + content


def _integer(n: int) -> bytes:
    return _tagged(2, n.to_bytes(n.bit_length() // 8 + 1))


def _sequence(*items: bytes) -> bytes:
    return _tagged(0x30, b"".join(items))
