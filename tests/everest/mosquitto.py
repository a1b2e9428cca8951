"""A real MQTT broker on loopback, and somebody who talks with it as a module of EVerest does."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiomqtt import Client

LIMIT_S = 10.0
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")


def find_mosquitto() -> str | None:
    """Return the path of the broker, None where it is not installed."""
    return shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), *_PLACES]))


class Broker:
    """A mosquitto that can be stopped and started again at the same port."""

    def __init__(self, folder: Path, *, users: dict[str, str] | None = None) -> None:
        self._folder = folder
        self._users = users
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        """Its address for MqttOptions."""
        return f"mqtt://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        program = find_mosquitto()
        assert program is not None, "ask find_mosquitto first"
        config = self._folder / "mosquitto.conf"
        config.write_text(self._config(), encoding="utf-8")
        self._process = await asyncio.create_subprocess_exec(
            program, "-c", str(config), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        assert self._process.stderr is not None
        said = []
        async with asyncio.timeout(LIMIT_S):
            async for line in self._process.stderr:
                said.append(line.decode())
                if b" running" in line:
                    break
            else:
                raise RuntimeError(f"the broker did not start: {''.join(said)}")
        self._reading = asyncio.create_task(self._drain(self._process.stderr))

    async def stop(self) -> None:
        """Stop it as a crash would: whoever is connected just loses the line."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        await process.wait()
        if self._reading is not None:
            await self._reading

    async def _drain(self, stream: asyncio.StreamReader) -> None:
        async for _ in stream:
            pass

    def _config(self) -> str:
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence false",
            "log_dest stderr",
            f"user {getpass.getuser()}",
            f"allow_anonymous {'false' if self._users else 'true'}",
        ]
        if self._users:
            passwords = self._folder / "passwords"
            passwords.write_text("".join(f"{u}:{p}\n" for u, p in self._users.items()), encoding="utf-8")
            subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True, timeout=LIMIT_S)
            lines.append(f"password_file {passwords}")
        return "\n".join([*lines, ""])


@asynccontextmanager
async def running_broker(folder: Path, *, users: dict[str, str] | None = None) -> AsyncIterator[Broker]:
    """Run a broker until the exit."""
    broker = Broker(folder, users=users)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class Module:
    """A module of EVerest that uses a station: hears everything under the prefix, and calls commands."""

    def __init__(self, client: Client, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._calls = 0
        self.heard: list[tuple[str, Any, bool]] = []
        """topic without its prefix, payload, whether it was retained"""

    def topic(
        self, rest: str, station: str = "chargebridge_garage_employer", impl: str = "ocpp_1_6_charge_point"
    ) -> str:
        """Return a topic of an implementation of a station."""
        return f"{self._prefix}/modules/{station}/impl/{impl}/{rest}"

    async def send(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        """Publish anything."""
        await self._client.publish(topic, payload, qos=2, retain=retain)

    async def call(self, command: str, args: object, *, origin: str = "tester", **more: str) -> Any:
        """Call a command and return the data of its result."""
        self._calls += 1
        call_id = f"call-{self._calls}"
        message = {"msg_type": "Cmd", "data": {"id": call_id, "args": args, "origin": origin}}
        await self.send(self.topic(f"cmd/{command}", **more), json.dumps(message))
        answer = await self.hear(f"cmd/{command}/response/{origin}", **more)
        assert answer["msg_type"] == "CmdResult"
        assert answer["data"]["type"] == "result"
        data = answer["data"]["data"]
        assert data["id"] == call_id
        return data

    async def hear(self, rest: str, **more: str) -> Any:
        """Return the next message on a topic of a station."""
        wanted = self.topic(rest, **more)
        async with asyncio.timeout(LIMIT_S):
            async for message in self._client.messages:
                payload = json.loads(message.payload)
                self.heard.append((message.topic.value, payload, message.retain))
                if message.topic.value == wanted:
                    return payload
        raise AssertionError("the broker went away")


@asynccontextmanager
async def module_at(broker: Broker, prefix: str = "everest", **login: str) -> AsyncIterator[Module]:
    """Connect a module to the broker; it hears all variables and its responses."""
    async with Client("127.0.0.1", broker.port, timeout=LIMIT_S, **login) as client:  # type: ignore[arg-type] # a login
        await client.subscribe(f"{prefix}/modules/+/impl/+/var/+", qos=2)
        await client.subscribe(f"{prefix}/modules/+/impl/+/cmd/+/response/#", qos=2)
        yield Module(client, prefix)
