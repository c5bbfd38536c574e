"""What the daemon says of itself over HTTP."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable

import pytest
from fastapi import FastAPI

from daemon.http import Health, HttpServer, build_app
from daemon.metrics import Metrics

WELL = Health()
SICK = Health(("the watch last looked 90 s ago",))


def app(health: Health = WELL, ready: Health = WELL) -> FastAPI:
    return build_app(lambda: health, lambda: ready, Metrics().render)


async def get(port: int, path: str) -> tuple[int, str, str]:
    """Status, head and body, asked over a real connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split()[1]), head.lower(), body


def serve(app: FastAPI, use: Callable[[int], Awaitable[None]]) -> None:
    async def main() -> None:
        server = HttpServer(app, "127.0.0.1", 0)
        port = server.bind()
        running = asyncio.create_task(server.run())
        await use(port)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(asyncio.wait_for(main(), 20))


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_all_is_well(path: str) -> None:
    async def use(port: int) -> None:
        status, _, body = await get(port, path)
        assert (status, json.loads(body)) == (200, {"ok": True, "problems": []})

    serve(app(), use)


def test_a_problem_is_told_with_503_and_why() -> None:
    async def use(port: int) -> None:
        status, _, body = await get(port, "/healthz")
        assert (status, json.loads(body)) == (503, {"ok": False, "problems": [*SICK.problems]})
        assert (await get(port, "/readyz"))[0] == 200

    serve(app(health=SICK), use)


def test_metrics_come_in_prometheus_text_format() -> None:
    metrics = Metrics()
    metrics.decided.labels(fate="opened").inc()
    metrics.ping_delay_seconds.observe(3)

    async def use(port: int) -> None:
        status, head, body = await get(port, "/metrics")
        assert status == 200
        assert "content-type: text/plain; version=0.0.4; charset=utf-8\r\n" in head + "\r\n"
        assert 'supportd_decided_total{fate="opened"} 1.0' in body
        assert 'supportd_ping_delay_seconds_bucket{le="5.0"} 1.0' in body

    serve(build_app(Health, Health, metrics.render), use)


def test_two_sets_of_metrics_do_not_mix() -> None:
    one, other = Metrics(), Metrics()
    one.channel_up.labels(channel="smtp").set(1)

    assert b"smtp" in one.render()
    assert b"smtp" not in other.render()


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/"])
def test_nothing_else_is_served(path: str) -> None:
    async def use(port: int) -> None:
        status, head, _ = await get(port, path)
        assert status == 404
        assert "uvicorn" not in head

    serve(app(), use)


def test_a_server_may_be_run_again_on_the_same_port() -> None:
    async def main() -> None:
        server = HttpServer(app(), "127.0.0.1", 0)
        port = server.bind()
        for _ in range(2):
            running = asyncio.create_task(server.run())
            await asyncio.sleep(0)
            assert (await get(port, "/healthz"))[0] == 200
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_request_in_hand_is_finished_before_the_server_stops() -> None:
    async def main() -> None:
        slow = app()
        asked, go_on = asyncio.Event(), asyncio.Event()

        @slow.get("/slow")
        async def answer_slowly() -> str:
            asked.set()
            await go_on.wait()
            return "done"

        server = HttpServer(slow, "127.0.0.1", 0)
        port = server.bind()
        running = asyncio.create_task(server.run())
        answer = asyncio.create_task(get(port, "/slow"))
        await asked.wait()
        running.cancel()
        await asyncio.sleep(0)
        go_on.set()

        assert (await answer)[2] == '"done"'
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"http: cannot listen on 127.0.0.1:{port}: "):
            HttpServer(app(), "127.0.0.1", port).bind()


def test_a_connection_before_the_server_runs_waits_for_it() -> None:
    async def main() -> None:
        server = HttpServer(app(), "127.0.0.1", 0)
        early = asyncio.create_task(get(server.bind(), "/healthz"))
        await asyncio.sleep(0)
        running = asyncio.create_task(server.run())
        assert (await early)[0] == 200
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(asyncio.wait_for(main(), 20))
