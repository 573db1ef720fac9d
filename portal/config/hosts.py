"""Which machine a host's name or address means."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_NAT64 = IPv6Network("64:ff9b::/96")


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own; an IPv6 address may stand in brackets."""
    name = host.removeprefix("[").removesuffix("]").removesuffix(".").casefold()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address: IPv4Address | IPv6Address = ip_address(name)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback


def is_public(host: str) -> bool:
    """Whether an IP address is one of the public internet: none of a machine, a house or a link.

    What carries an IPv4 address within (mapped, 6to4, Teredo, NAT64) is as public as that.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    carried: list[IPv4Address] = []
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
        carried += [each for each in (address.ipv4_mapped, address.sixtofour) if each]
        carried += address.teredo or ()
    mapped = isinstance(address, IPv6Address) and address.ipv4_mapped
    own = mapped or (address.is_global and not address.is_multicast)
    return bool(own) and all(each.is_global and not each.is_multicast for each in carried)


def leads_inward(host: str) -> bool:
    """Whether a host as it is written is of this machine or a private network.

    What any other name means only a call tells (``portal/config/outward.py``).
    """
    name = host.removeprefix("[").removesuffix("]")
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return is_loopback(name)
    return not is_public(name)


def origin_of(address: str) -> str:
    """Scheme and host of an address, as a browser writes them: without the port that goes by itself.

    Empty for what is no address.
    """
    try:
        parts = urlsplit(address)
        own = {"https": 443, "http": 80}.get(parts.scheme)
        port = "" if parts.port in {None, own} else f":{parts.port}"
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}"
