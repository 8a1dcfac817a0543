"""The prober before a real site that does everything a site can do. It tells; it never raises, hangs or goes astray."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.outside.addresses import is_public
from app.outside.prober import PAGE_LIMIT_BYTES, Prober
from app.rules.probes import Look, Trouble
from tests.publisher import BOTH, HEADLINE, INSIDE, MARKER, NOTHING, OTHER, Page, Publisher, publishing

AT = datetime(2026, 6, 16, 8, 30, tzinfo=UTC)
BOMB_BYTES = 64 * 1024**2


@pytest.fixture
def site() -> Iterator[Publisher]:
    with publishing() as opened:
        yield opened


def looked(site: Publisher, page: Page | None = None, *, path: str = "/claimants", **other: object) -> Look:
    if page is not None:
        site.pages["/claimants"] = page
    return site.prober(**other).probe(site.target(path), AT).plain


def test_page_with_the_marker_is_seen_whatever_its_spaces_and_entities(site: Publisher) -> None:
    body = HEADLINE.replace(b"Claimant", b"&#67;laimant")
    look = looked(site, Page(body, headers={"Age": "37", "X-Cache": "HIT", "ETag": '"7"'}))
    assert (look.status, look.marker_found, look.trouble, look.redirects) == (200, True, None, 0)
    assert look.sha256 == hashlib.sha256(body).hexdigest()
    assert dict(look.evidence) == {"age": "37", "etag": '"7"', "x-cache": "HIT"}


@pytest.mark.parametrize("page", [Page(NOTHING), Page(b""), Page(MARKER.upper().encode())])
def test_page_that_answers_200_without_the_marker_has_no_marker(site: Publisher, page: Page) -> None:
    assert (looked(site, page).status, looked(site, page).marker_found) == (200, False)


@pytest.mark.parametrize("status", [404, 410, 403, 500, 503])
def test_status_is_told_and_the_body_of_an_error_shows_nothing(site: Publisher, status: int) -> None:
    look = looked(site, Page(HEADLINE, status))
    assert (look.status, look.marker_found, look.trouble) == (status, None, None)


def test_plain_look_is_what_anybody_gets_and_fresh_goes_past_the_caches(site: Publisher) -> None:
    site.pages["/claimants"] = Page(HEADLINE)
    site.prober().probe(site.target("/claimants?edition=1"), AT)
    asked = {path: headers for _, path, headers in site.asked}
    (fresh,) = [path for path in asked if "fresh=" in path]
    assert set(asked) == {fresh, "/claimants?edition=1"}
    assert fresh.startswith("/claimants?edition=1&fresh=")
    assert (asked[fresh]["Cache-Control"], asked[fresh]["Pragma"]) == ("no-cache", "no-cache")
    assert "Cache-Control" not in asked["/claimants?edition=1"]
    assert {host for host, _, _ in site.asked} == {f"www.stats.gov.example:{site.port}"}


def test_redirects_are_followed_to_allowed_hosts_and_counted(site: Publisher) -> None:
    site.pages["/claimants"] = Page(status=302, headers={"Location": site.url("/there", OTHER)})
    site.pages["/there"] = Page(status=301, headers={"Location": "/last"})
    site.pages["/last"] = Page(HEADLINE)
    look = looked(site)
    assert (look.url, look.redirects, look.marker_found) == (site.url("/last", OTHER), 2, True)


def test_connection_that_one_host_proved_itself_on_is_not_used_for_another_at_its_address(site: Publisher) -> None:
    site.keeps_connections = True
    site.pages["/claimants"] = Page(HEADLINE)  # read to its end, and its connection idle, long before the file moves on
    site.pages["/file"] = Page(status=302, headers={"Location": site.url("/there", OTHER)}, drip_seconds=0.005)
    site.pages["/there"] = Page(b"1,2,3\n")
    probe = site.prober().probe(site.target(files=("/file",)), AT)
    assert (probe.plain.marker_found, [one.redirects for one in probe.plain_files]) == (True, [1])
    assert len(set(site.asked_from)) == len(site.asked_from) == 6


@pytest.mark.parametrize(
    ("location", "trouble"),
    [
        ("https://elsewhere.gov.example/", Trouble.HOST_NOT_ALLOWED),
        ("https://www.stats.gov.example:1/claimants", Trouble.HOST_NOT_ALLOWED),
        ("http://www.stats.gov.example/claimants", Trouble.NOT_HTTPS),
        ("file:///etc/passwd", Trouble.NOT_HTTPS),
        ("https://127.0.0.1/", Trouble.HOST_NOT_ALLOWED),
        ("https://[::1]/", Trouble.HOST_NOT_ALLOWED),
        ("https://[/", Trouble.UNREADABLE),
        ("/claimants", Trouble.TOO_MANY_REDIRECTS),
    ],
)
def test_redirect_astray_is_not_followed(site: Publisher, location: str, trouble: Trouble) -> None:
    look = looked(site, Page(HEADLINE, 302, {"Location": location}))
    assert (look.trouble, look.marker_found) == (trouble, None)


@pytest.mark.parametrize("host", [INSIDE, BOTH])
def test_redirect_to_a_host_with_a_private_address_connects_to_nothing(site: Publisher, host: str) -> None:
    look = looked(site, Page(status=302, headers={"Location": site.url("/claimants", host)}))
    assert (look.trouble, look.redirects) == (Trouble.ADDRESS_NOT_PUBLIC, 1)
    assert {asked for asked, _, _ in site.asked} == {f"www.stats.gov.example:{site.port}"}


def test_name_is_resolved_once_for_a_look_and_the_connection_goes_to_what_was_checked(site: Publisher) -> None:
    answers = [["127.0.0.1"], ["127.0.0.1"], ["10.11.12.13"]]
    look = looked(site, Page(HEADLINE), resolve=lambda _host, _port: answers.pop(0))
    assert (look.marker_found, answers) == (True, [["10.11.12.13"]])


def test_prober_of_the_service_does_not_come_here_at_all(site: Publisher) -> None:
    site.pages["/claimants"] = Page(HEADLINE)
    service = Prober(tls=site.prober().tls, resolve=site.prober().resolve)
    probe = service.probe(site.target(), AT)
    assert (probe.plain.trouble, probe.fresh.trouble, site.asked) == (
        Trouble.ADDRESS_NOT_PUBLIC,
        Trouble.ADDRESS_NOT_PUBLIC,
        [],
    )


@pytest.mark.parametrize("path", ["/claimants", "/file"])
def test_site_that_drips_byte_by_byte_is_given_up_when_its_time_is_over(site: Publisher, path: str) -> None:
    site.pages["/claimants"] = Page(HEADLINE, drip_seconds=0.1)
    assert looked(site, page_seconds=0.5).trouble is Trouble.TOO_SLOW


def test_certificate_nobody_vouches_for_shows_nothing() -> None:
    with publishing(trusted=False) as false:
        look = looked(false, Page(HEADLINE))
    assert (look.trouble, look.status, false.asked) == (Trouble.TLS_NOT_TRUSTED, None, [])


def test_site_that_is_not_there_or_has_no_name_shows_nothing(site: Publisher) -> None:
    unknown = looked(site, resolve=lambda _host, _port: (_ for _ in ()).throw(OSError("no such name")))
    assert unknown.trouble is Trouble.NAME_NOT_FOUND
    site.server.shutdown()
    site.server.server_close()
    assert looked(site).trouble is Trouble.NO_CONNECTION


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_packed_page_is_read_and_a_bomb_is_not(site: Publisher, packing: str) -> None:
    pack = gzip.compress if packing == "gzip" else zlib.compress
    assert looked(site, Page(pack(HEADLINE), headers={"Content-Encoding": packing})).marker_found is True
    bomb = looked(site, Page(pack(HEADLINE + bytes(BOMB_BYTES)), headers={"Content-Encoding": packing}))
    assert (bomb.trouble, bomb.marker_found, bomb.sha256) == (Trouble.TOO_LARGE, None, "")


@pytest.mark.parametrize(
    ("page", "trouble"),
    [
        (Page(HEADLINE + bytes(PAGE_LIMIT_BYTES)), Trouble.TOO_LARGE),
        (Page(HEADLINE + bytes(PAGE_LIMIT_BYTES), headers={"Content-Length": ""}), Trouble.TOO_LARGE),
        (Page(HEADLINE, headers={"Content-Encoding": "br"}), Trouble.UNREADABLE),
        (Page(HEADLINE, headers={"Content-Encoding": "gzip"}), Trouble.UNREADABLE),
        (Page(gzip.compress(HEADLINE)[:-9], headers={"Content-Encoding": "gzip"}), Trouble.UNREADABLE),
        (Page(HEADLINE * 50, close=True), Trouble.UNREADABLE),
    ],
)
def test_body_too_long_cut_short_or_unreadable_shows_nothing(site: Publisher, page: Page, trouble: Trouble) -> None:
    look = looked(site, page)
    assert (look.trouble, look.marker_found, look.sha256) == (trouble, None, "")


def test_file_is_hashed_as_it_is_and_one_longer_than_any_document_is_not_read(site: Publisher) -> None:
    site.pages["/t.csv"], site.pages["/long.csv"] = Page(b"a,b\n"), Page(b"x" * 1001)
    probe = site.prober().probe(site.target(files=("/t.csv", "/long.csv")), AT)
    assert [one.sha256 for one in probe.plain_files] == [hashlib.sha256(b"a,b\n").hexdigest(), ""]
    assert [one.trouble for one in probe.fresh_files] == [None, Trouble.TOO_LARGE]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        *((one, False) for one in ("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1")),
        *((one, False) for one in ("169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1")),
        *((one, False) for one in ("168.63.129.16", "::ffff:168.63.129.16", "192.0.0.9", "192.0.0.10", "192.0.0.170")),
        *((one, True) for one in ("168.63.129.15", "168.63.129.17", "192.0.1.1")),
        *((one, False) for one in ("240.0.0.1", "255.255.255.255", "192.88.99.1", "::", "::1", "fe80::1", "fc00::1")),
        *((one, False) for one in ("fe80::1%eth0", "ff02::1", "2001:db8::1", "fec0::1", "2001::1", "5f00::1")),
        *((one, False) for one in ("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1")),
        *((one, False) for one in ("64:ff9b:1::1", "::127.0.0.1", "localhost", "", "1", "0x7f.1", "127.1")),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::5db8:d70e", True),
    ],
)
def test_address_is_public_or_it_is_not_connected_to(address: str, public: bool) -> None:
    assert is_public(address) is public
