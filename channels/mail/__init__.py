"""RFC 5322 in and out: bytes to a Message, a Notice to bytes."""
