"""Only addresses of the public internet are reached, however they are written or wrapped."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.outside import addresses

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "168.63.129.16",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
]
PRIVATE_V6 = [
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "3fff::1",
    "100::1",
    "64:ff9b:1::808:808",
    "4000::1",
]


def wrapped(address: str) -> list[str]:
    """An IPv4 address in the forms that IPv6 carries it in."""
    inner = int(ipaddress.IPv4Address(address))
    carriers = ["::ffff:0:0", "64:ff9b::", "::"]
    inside = [str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(carrier)) | inner)) for carrier in carriers]
    return [*inside, str(ipaddress.IPv6Address((0x2002 << 112) | (inner << 80) | 1))]


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808"])
def test_a_public_address_is_reached(address):
    assert addresses.refusal(address, 443) == ""


@pytest.mark.parametrize("address", [*PRIVATE, *PRIVATE_V6, *[form for inner in PRIVATE for form in wrapped(inner)]])
def test_an_address_that_is_not_public_is_refused_by_name(address):
    assert addresses.refusal(address, 443) == f"{address} is not a public address"


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_nothing_about_it(address):
    bare = addresses.refusal(str(address), 80) == ""
    assert bare <= address.is_global
    assert {addresses.refusal(form, 80) == "" for form in wrapped(str(address))} == {bare}


@given(st.ip_addresses(v=6))
def test_only_what_was_given_out_to_the_public_is_reached_in_the_new_internet(address):
    if addresses.refusal(str(address), 80) == "":
        assert address in ipaddress.ip_network("2000::/3") or address in ipaddress.ip_network("64:ff9b::/96") or (
            address.ipv4_mapped is not None or int(address) < 2**32
        )  # fmt: skip


@pytest.mark.parametrize("port", [0, 22, 25, 5432, 6379, 65535])
def test_a_port_that_serves_no_pages_is_refused_by_number(port):
    assert f"port {port} is not one of 80, 443, 8080, 8443" in addresses.refusal("8.8.8.8", port)


def test_what_is_no_address_is_refused():
    assert addresses.refusal("localhost", 80)


@pytest.mark.parametrize("name", ["127.0.0.1", "127.1", "2130706433", "0x7f000001"])
def test_a_number_in_disguise_is_looked_up_to_the_address_it_is(name):
    assert addresses.look_up(name, 80, 5) == ["127.0.0.1"]


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "no such name", ""])
def test_a_name_that_cannot_be_looked_up_says_so(name):
    if name:
        with pytest.raises(addresses.Unknown, match="could not be looked up"):
            addresses.look_up(name, 80, 5)
