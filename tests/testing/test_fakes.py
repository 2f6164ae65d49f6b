"""What authors are given around a connector: a fake service, secrets, a limiter, a clock."""

import threading
from collections.abc import Iterator
from time import perf_counter

import httpx2
import pytest
from pydantic import BaseModel

from tsunagi import Limits, RateLimiter, SecretBox
from tsunagi.testing import (
    Clock,
    FakeAnswer,
    FakeRequest,
    FakeService,
    Fault,
    MemoryLimiter,
    MemorySecrets,
    make_harness,
)


class Echo(FakeService):
    """Says what it was asked, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[FakeRequest] = []

    def answer(self, request: FakeRequest) -> FakeAnswer:
        self.seen.append(request)
        return FakeAnswer(201 if request.method == "POST" else 200, {"path": request.path, "got": request.body})


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as echo:
        yield echo


@pytest.fixture
def http(echo: Echo) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=echo.base_url, trust_env=False) as http:
        yield http


class TestFakeService:
    def test_it_answers_with_what_its_author_says(self, echo: Echo, http: httpx2.Client) -> None:
        answer = http.post("/things?key=1", content=b'{"price": 0.10}', headers={"X-Key": "k"})
        assert (answer.status_code, answer.json()["path"]) == (201, "/things")
        (request,) = echo.seen
        assert (request.query, request.headers["x-key"], str(request.body["price"])) == ({"key": "1"}, "k", "0.10")

    def test_amounts_pass_to_the_last_digit(self, http: httpx2.Client) -> None:
        assert b"90071992547409.93" in http.post("/", content=b'{"price": 90071992547409.93}').content

    @pytest.mark.parametrize(
        ("fault", "status", "wait"), [(Fault.SLOW_DOWN, 429, "1"), (Fault.COME_BACK_LATER, 429, "7200")]
    )
    def test_it_can_be_too_busy(self, echo: Echo, http: httpx2.Client, fault: Fault, status: int, wait: str) -> None:
        echo.strike(fault, on="reads")
        answer = http.get("/")
        assert (answer.status_code, answer.headers["retry-after"]) == (status, wait)
        assert echo.seen == []
        assert http.get("/").status_code == 200

    def test_it_can_lose_the_request_or_only_the_answer(self, echo: Echo, http: httpx2.Client) -> None:
        for fault, carried_out in ((Fault.LOST_REQUEST, 0), (Fault.LOST_ANSWER, 1)):
            echo.strike(fault, on="writes")
            with pytest.raises(httpx2.TransportError):
                http.post("/", content=b"{}")
            assert len(echo.seen) == carried_out

    def test_it_can_talk_nonsense(self, echo: Echo, http: httpx2.Client) -> None:
        echo.strike(Fault.NOT_JSON, on="reads")
        echo.strike(Fault.NOTHING_IN_IT, on="reads")
        first, second = http.get("/"), http.get("/")
        assert (first.status_code, first.headers["content-type"]) == (200, "text/html")
        assert (second.status_code, second.json()) == (200, {})

    def test_faults_wait_for_their_kind_of_call_and_can_be_called_off(self, echo: Echo, http: httpx2.Client) -> None:
        echo.strike(Fault.SLOW_DOWN, on="writes", times=2)
        assert http.get("/").status_code == 200
        assert http.post("/", content=b"{}").status_code == 429
        echo.calm()
        assert http.post("/", content=b"{}").status_code == 201


def test_a_limiter_spaces_calls_without_taking_time() -> None:
    clock = Clock()
    limiter: RateLimiter = MemoryLimiter(Limits(per_minute=60), clock)
    started = perf_counter()
    for _ in range(61):
        limiter.acquire()
    limiter.penalize(30)
    limiter.acquire()
    assert perf_counter() - started < 1
    assert 89 <= sum(clock.slept) <= 91


def test_secrets_are_shared_and_locked() -> None:
    secrets = MemorySecrets({"token": "a"})
    box: SecretBox = secrets
    box.save({"token": "b"})
    assert box.load() == {"token": "b"}
    inside = threading.Event()

    def work() -> None:
        with box.locked("token"):
            inside.set()

    with box.locked("token"):
        other = threading.Thread(target=work)
        other.start()
        with box.locked("another"):
            assert not inside.is_set()
    other.join(5)
    assert inside.is_set()


class Nothing(BaseModel):
    """A service without settings."""


def test_a_bench_sees_what_a_connector_does() -> None:
    harness = make_harness(Nothing(), organization_id="7")
    limiter = harness.context.limiter(Limits())
    limiter.acquire()
    limiter.penalize(3)
    harness.context.sleep(2)
    assert (harness.limiters[0].calls, harness.penalties(), harness.clock.slept) == (1, [3], [2])
    assert harness.context.organization_id == "7"
