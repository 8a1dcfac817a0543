"""Which network addresses the watch may connect to: those of the public Internet, and no others."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address

# Each carries an IPv4 address in its last 32 bits, to which a gateway takes the connection (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What is set aside inside of ranges that count as global, by the IANA special-purpose registries; and an address that
# looks like any other, at which one cloud provider's hosts answer the machines that run on them.
_NEVER = (
    ipaddress.ip_network("168.63.129.16/32"),
    ipaddress.ip_network("192.0.0.0/24"),
    ipaddress.ip_network("192.88.99.0/24"),
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("2001::/23"),
    ipaddress.ip_network("fec0::/10"),
    ipaddress.ip_network("5f00::/16"),
)


def is_public(text: str) -> bool:
    """Say whether an address lies on the public Internet.

    Not those of this machine, of private networks, of links, of carriers, for groups, for documents, nor any that only
    stands for such a one.

    Args:
        text: An IPv4 or IPv6 address as text; one with a zone is never public.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        inner = _carried(address)
        if inner is not None:
            return _is_public(inner)
    return _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    set_aside = any(address.version == each.version and address in each for each in _NEVER)
    return address.is_global and not address.is_multicast and not address.is_reserved and not set_aside


def _carried(address: IPv6Address) -> IPv4Address | None:
    """Give the IPv4 address that an IPv6 address stands for, if it does."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
