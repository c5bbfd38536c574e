"""What a person gets in place of a message that could not be taken."""

from channels.mail import delivery


def stand_in(head: bytes, said: str) -> bytes:
    """Its headers, and for a body what a person must know."""
    kept = delivery.without(head, "content-", "mime-version")
    subject = b"" if b"subject:" in kept.lower() else b"Subject: A message not taken\r\n"
    plain = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    coding = b"Content-Transfer-Encoding: 8bit\r\n"
    return kept + subject + plain + coding + b"\r\n" + said.encode() + b"\r\n"
