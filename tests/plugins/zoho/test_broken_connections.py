"""What a broken connection means for a write: certainly nothing, or nobody knows."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from tsunagi import BrokenAnswer, OutcomeUnknown, ServiceUnavailable
from tsunagi_zoho import ZohoClient, ZohoSettings, finance_error

Say = Callable[[socket.socket], None]
TOKEN = b'{"access_token": "1000.live", "expires_in": 3600}'


def answer(body: bytes = b'{"code": 0}', status: str = "200 OK") -> Say:
    def say(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)

    return say


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def answer_and_hang_up(connection: socket.socket) -> None:
    answer()(connection)
    hang_up(connection)


def say_nothing(connection: socket.socket) -> None:
    connection.recv(1)


class Server:
    """Reads one request after another and says what it was told to, whatever was asked; gives tokens too."""

    def __init__(self) -> None:
        self.script: list[Say] = []
        self.heard: list[str] = []
        self.reads_bodies = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it is closed already
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self._threads.append(threading.Thread(target=self._converse, args=(connection,)))
            self._threads[-1].start()

    def _converse(self, connection: socket.socket) -> None:
        with connection:
            try:
                while (head := self._read(connection)) is not None:
                    if "/oauth/" in head:
                        answer(TOKEN)(connection)
                    else:
                        self.heard.append(head)
                        self.script.pop(0)(connection)
            except OSError:
                return  # the other end is gone, as some tests want it

    def _read(self, connection: socket.socket) -> str | None:
        data = b""
        while b"\r\n\r\n" not in data:
            received = connection.recv(65536)
            if not received:
                return None
            data += received
        head, _, start = data.partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length")), 0)
        missing = length - len(start)
        while missing > 0 and (self.reads_bodies or "/oauth/" in lines[0]):
            missing -= len(connection.recv(65536))
        return lines[0]


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture
def client(server: Server, make_bench: Callable[..., object]) -> Iterator[ZohoClient]:
    made = client_for(server.url, make_bench)
    yield made
    made.close()


def client_for(url: str, make_bench: Callable[..., object], timeout: float = 5) -> ZohoClient:
    settings = ZohoSettings(
        base_url=url,
        client_id="1000.ID",
        client_secret=SecretStr("hush"),
        refresh_token=SecretStr("1000.hush"),
        timeout=timeout,
    )
    bench = make_bench(settings)
    return ZohoClient(
        bench.context,
        service="books",
        base_path="/books/v3",
        error_reader=finance_error,
        retry_policy=bench.time.retry_policy(),
    )


def test_a_connection_closed_while_it_was_idle_does_not_put_a_write_in_doubt(
    server: Server, client: ZohoClient
) -> None:
    server.script = [answer_and_hang_up, answer()]
    client.post("/invoices", {})
    client.post("/invoices", {})
    assert len(server.heard) == 2


def test_a_write_without_an_answer_is_in_doubt_and_not_repeated(server: Server, client: ZohoClient) -> None:
    server.script = [hang_up]
    with pytest.raises(OutcomeUnknown, match="POST /books/v3/invoices") as failure:
        client.post("/invoices", {"total": 1})
    assert len(server.heard) == 1
    assert not failure.value.retryable


@pytest.mark.parametrize("status", ["500 Internal Server Error", "502 Bad Gateway"])
def test_a_write_the_service_failed_on_is_in_doubt(server: Server, client: ZohoClient, status: str) -> None:
    server.script = [answer(b'{"code": 1000, "message": "failed"}', status)]
    with pytest.raises(OutcomeUnknown):
        client.post("/invoices", {})
    assert len(server.heard) == 1


def test_a_write_answered_with_something_else_than_json_is_in_doubt(server: Server, client: ZohoClient) -> None:
    server.script = [answer(b"<html>")]
    with pytest.raises(OutcomeUnknown, match="JSON"):
        client.post("/invoices", {})


def test_a_write_that_took_too_long_is_in_doubt(server: Server, make_bench: Callable[..., object]) -> None:
    server.script = [say_nothing]
    with client_for(server.url, make_bench, timeout=0.2) as client, pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        client.post("/invoices", {})


def test_a_write_cut_off_on_its_way_had_no_effect_and_is_sent_again(server: Server, client: ZohoClient) -> None:
    def cut_off(connection: socket.socket) -> None:
        server.reads_bodies = True
        hang_up(connection)

    server.reads_bodies = False
    server.script = [cut_off, answer()]
    client.post("/invoices", {"notes": "x" * 20_000_000})
    assert len(server.heard) == 2


@pytest.mark.parametrize("say", [hang_up, answer(b"", "503 Service Unavailable")])
def test_what_only_reads_is_asked_again(server: Server, client: ZohoClient, say: Say) -> None:
    server.script = [say, say, answer()]
    assert client.get("/invoices").status == 200
    assert len(server.heard) == 3


def test_what_may_be_done_twice_is_asked_again(server: Server, client: ZohoClient) -> None:
    server.script = [hang_up, answer()]
    client.post("/invoices/1/status/sent", repeatable=True)
    assert len(server.heard) == 2


def test_reading_gives_up_in_the_end(server: Server, client: ZohoClient) -> None:
    server.script = [hang_up] * 4
    with pytest.raises(ServiceUnavailable):
        client.get("/invoices")
    assert server.script == []


def test_reading_something_else_than_json_is_a_broken_answer(server: Server, client: ZohoClient) -> None:
    server.script = [answer(b"<html>")]
    with pytest.raises(BrokenAnswer, match="JSON"):
        client.get("/invoices")


def test_a_service_that_cannot_be_reached_did_nothing(make_bench: Callable[..., object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with client_for(url, make_bench) as client, pytest.raises(ServiceUnavailable) as failure:
        client.post("/invoices", {})
    assert failure.value.retryable
