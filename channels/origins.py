"""Whose a network address is, for whoever counts what one client does."""

from ipaddress import IPv6Address, ip_address, ip_network


def plain_address(text: str) -> str:
    """An address without its zone; IPv4 written as IPv6 is IPv4. What is none stays as it is."""
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    return str((ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip)


def origin_of(address: str) -> str:
    """Whose an address is: itself, or the /64 of IPv6, which one customer has alone."""
    plain = plain_address(address)
    try:
        return str(ip_network((plain, 64), strict=False)) if ":" in plain else plain
    except ValueError:
        return plain


def site_of(origin: str) -> str:
    """What an origin is part of: of IPv6 the /48, all of which one site may have."""
    if not origin.endswith("/64"):
        return origin
    return str(ip_network(origin).supernet(new_prefix=48))
