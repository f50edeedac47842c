"""Which network somebody comes from: what counting by address counts by."""

import ipaddress


def network(address: str) -> str:
    """The address, or with IPv6 the network that one connection gets as a whole (RFC 6177: a /64 at least).

    An IPv4 address that a server of both kinds writes in IPv6 is the IPv4 address.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
