"""Only who has the address on this machine sees the pages, and nobody keeps them."""

import http.client
import threading

import pytest

from amparo.report.serve import Server

PAGES = {"es.html": b"<p>hola</p>", "en.html": b"<p>hello</p>", "es.pdf": b"%PDF-", "en.pdf": b"%PDF-"}


@pytest.fixture
def server():
    with Server(PAGES, "es") as one:
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield one
        one.shutdown()
        thread.join()


def ask(server: Server, path: str, method: str = "GET", host: str | None = None):
    link = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    link.request(method, path, headers={"Host": host or server.host})
    answer = link.getresponse()
    body = answer.read()
    link.close()
    return answer, body


def test_pages_and_index(server):
    answer, body = ask(server, server.root + "es.html")
    assert (answer.status, body) == (200, PAGES["es.html"])
    answer, body = ask(server, server.root + "en.pdf")
    assert (answer.status, body, answer.headers["Content-Type"]) == (200, b"%PDF-", "application/pdf")
    answer, body = ask(server, server.root)
    assert answer.status == 200
    assert all(f'href="{name}"'.encode() in body for name in PAGES)


def test_headers_keep_the_pages_in(server):
    headers = ask(server, server.root + "es.html")[0].headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Python" not in headers["Server"]


@pytest.mark.parametrize("path", ["/", "/es.html", "/../etc/passwd", "/x/es.html"])
def test_without_the_path_there_is_nothing(server, path):
    answer, body = ask(server, path)
    assert (answer.status, body) == (404, b"")


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1"])
def test_another_host_name_is_turned_away(server, host):
    answer, body = ask(server, server.root + "es.html", host=host)
    assert (answer.status, body) == (421, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_only_get_is_answered(server, method):
    assert ask(server, server.root, method=method)[0].status == 501


def test_it_listens_on_loopback_with_a_long_path(server):
    assert server.server_address[0] == "127.0.0.1"
    assert len(server.root) > 40
