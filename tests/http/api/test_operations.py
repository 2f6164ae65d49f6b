"""For whoever runs the hub."""

import httpx2


def test_health(api: httpx2.Client) -> None:
    answer = api.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "version": "0.1.0",
        "database": True,
        "works": False,
        "plugin_problems": 0,
        "broken_rules": 0,
        "open_for_person": 0,
        "open_by_itself": 0,
    }


def test_metrics_are_what_prometheus_reads(api: httpx2.Client) -> None:
    answer = api.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    figures = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if line and not line.startswith("#"))
    assert figures["tsunagi_database_up"] == "1.0"
    assert figures['tsunagi_writes{state="done"}'] == "1.0"
    assert "tsunagi_notifications_waiting" in figures
