"""The hub as a server: it works, steps aside, and stops when told."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from filled_hub import empty_hub

from tsunagi import ConfigError
from tsunagi.http.server import running, serve


def test_it_works_answers_and_stops_at_once(tmp_path: Path) -> None:
    with empty_hub(tmp_path) as hub:
        with running(hub) as served:
            assert httpx2.get(f"{served.base_url}/health").json()["works"] is True
            begun = time.perf_counter()
        assert time.perf_counter() - begun < 3
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{served.base_url}/health")


def test_it_takes_over_from_a_process_that_dies(tmp_path: Path) -> None:
    """Somebody else works: it answers all the same, and works once it can."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from filled_hub import empty_hub; from tsunagi.logging import configure; configure('ERROR')\n"
        "with empty_hub(Path(sys.argv[1])) as hub:\n"
        "    hub.jobs.start(hub.context); print('works', flush=True); sys.stdin.read()\n"
    )
    company = str(Path(__file__).parent.parent / "company")
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), company],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "works\n"
        with empty_hub(tmp_path) as hub, running(hub) as served:
            assert httpx2.get(f"{served.base_url}/health").json()["works"] is False
            other.kill()
            other.wait()
            assert _works_within(served.base_url, seconds=20)


def _works_within(address: str, *, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if httpx2.get(f"{address}/health").json()["works"]:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path: Path, sign: signal.Signals) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from filled_hub import empty_hub; from tsunagi.logging import configure; configure('ERROR')\n"
        "from tsunagi.http.server import serve\n"
        "with empty_hub(Path(sys.argv[1])) as hub:\n"
        "    serve(hub, port=0, on_ready=lambda url: print(url, flush=True))\n"
        "print('closed', flush=True)\n"
    )
    company = str(Path(__file__).parent.parent / "company")
    command = [sys.executable, "-c", program, str(tmp_path), company]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("http://127.0.0.1:")
        server.send_signal(sign)
        rest, _ = server.communicate(timeout=20)
    assert rest == "closed\n"
    assert server.returncode == 0


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with empty_hub(tmp_path) as hub, pytest.raises(ConfigError) as refused:
            serve(hub, "127.0.0.1", port)
    assert f"127.0.0.1:{port}" in str(refused.value)
    assert refused.value.hint is not None
