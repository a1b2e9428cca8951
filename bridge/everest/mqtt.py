"""EVerest's interfaces of every station over an MQTT broker, as a module of EVerest would offer them."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiomqtt import Client, Message, MqttError
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import SecretStr

from bridge.backoff import LONGEST_S, Backoff
from bridge.engine.board import Board
from bridge.errors import BridgeError
from bridge.everest.broker import BrokerError, explain, new_client, refused_topics, tls_context
from bridge.everest.interface import CommandTimeoutError, Interface, run_command
from bridge.everest.interfaces import INTERFACES
from bridge.everest.lanes import Lanes
from bridge.everest.messages import (
    Call,
    ErrorType,
    UnanswerableError,
    error_payload,
    module_id,
    read_call,
    result_payload,
    topic_of,
    variable_payload,
)
from bridge.everest.options import MqttOptions
from bridge.everest.outbox import Letter, Outbox
from bridge.ports import ChargePointInterface, Clock
from bridge.types.ocpp.payload_error import PayloadError

OUTBOX_LIMIT: Final = 256
WAITING_COMMANDS: Final = 16
"""of one name at one implementation"""
RUNNING_COMMANDS: Final = 64
"""of all names, implementations and stations together"""
STABLE_S: Final = 60.0
"""a connection that lasted this long begins with short waits again"""
_TOPICS_PER_REQUEST = 50
_QOS = 2
_LONGEST_NAME = 100
"""of a command; a topic may have 65 kB, and that of an answer is longer than that of its command"""
_LAST_WORDS_S = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Offer:
    """One interface of one station."""

    interface: Interface
    station: ChargePointInterface
    module: str
    topic: str
    """all its topics begin with it"""

    def run(self, call: Call) -> Awaitable[object]:
        """Run a command."""
        return run_command(self.interface, self.station, call.command, call.arguments)


class EverestMqtt:
    """Answers commands and publishes variables until it is cancelled. Lives on the event loop."""

    def __init__(
        self,
        options: MqttOptions,
        stations: Mapping[tuple[str, str], ChargePointInterface],
        clock: Clock,
        board: Board,
        *,
        where: str | None = None,
        password: SecretStr | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._options = options
        self._clock = clock
        self._board = board
        self._password = password
        self.where = where or f"mqtt {options.url}"
        """how errors name the broker, and the topic of its note on the board"""
        self._offers = {
            offer.topic: offer
            for key, station in stations.items()
            for offer in _offers(options.prefix, module_id(*key), station)
        }
        self._outbox = Outbox(OUTBOX_LIMIT)
        self._lanes = Lanes(WAITING_COMMANDS, RUNNING_COMMANDS)
        self._backoff = Backoff(jitter)
        self._trouble: type[BrokerError] | None = None
        self._ignored = 0

    async def run(self) -> None:
        """Serve until cancelled; a broker that is away is told on the board and tried again and again."""
        tls = await asyncio.to_thread(tls_context, self._options)
        ends = [
            offer.interface.side(offer.station).subscribe(partial(self._changed, offer))
            for offer in self._offers.values()
            if offer.interface.variables
        ]
        try:
            while True:
                began_s = self._clock.monotonic_s()
                try:
                    await self._connect_and_serve(new_client(self._options, self._password, tls))
                except BrokerError as error:
                    self._begin_trouble(error)
                if self._clock.monotonic_s() - began_s >= STABLE_S:
                    self._backoff.reset()
                await self._clock.sleep(self._backoff.next_s(None))
        finally:
            for end in ends:
                end()
            self._board.notes.pop(self.where, None)
            await self._lanes.aclose()

    # --- one connection ------------------------------------------------------------------------------------

    async def _connect_and_serve(self, client: Client) -> None:
        """Serve over one connection; returns or raises BrokerError when it is over."""
        try:
            async with client:
                await self._subscribe(client)
                self._end_trouble()
                self._publish_states()
                await self._serve(client)
        except MqttError as error:
            raise explain(self.where, error) from error
        except UnicodeError:  # of a host with an empty or endless part
            raise explain(self.where, MqttError("no host can have this name")) from None

    async def _subscribe(self, client: Client) -> None:
        topics = [(f"{topic}/cmd/+", _QOS) for topic in self._offers]
        for start in range(0, len(topics), _TOPICS_PER_REQUEST):
            codes = await client.subscribe(topics[start : start + _TOPICS_PER_REQUEST])
            if any(_is_refusal(code) for code in codes):
                raise refused_topics(self.where)

    async def _serve(self, client: Client) -> None:
        reading = asyncio.create_task(self._read(client))
        sending = asyncio.create_task(self._send(client))
        both = {reading, sending}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            # The reader is the one that learns why a connection ended; the sender only notices that it did.
            await asyncio.wait({reading}, timeout=_LAST_WORDS_S)
        finally:
            for task in both:
                task.cancel()
            ended = await asyncio.gather(*both, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _send(self, client: Client) -> None:
        while True:
            letter = await self._outbox.take()
            try:
                await client.publish(letter.topic, letter.payload, qos=_QOS)
            except BaseException:
                self._outbox.put_back(letter)
                raise

    async def _read(self, client: Client) -> None:
        async for message in client.messages:
            self._take(message)

    # --- commands ------------------------------------------------------------------------------------------

    def _take(self, message: Message) -> None:
        """Let a command run in its turn; never raises, whatever came."""
        topic, _, command = message.topic.value.rpartition("/cmd/")
        offer = self._offers.get(topic)
        if offer is None:
            return
        if len(command) > _LONGEST_NAME:
            self._ignore("a topic of commands", "its name is too long for an answer")
            return
        if message.retain:
            self._ignore(message.topic.value, "it was kept by the broker, and an old command is not run again")
            return
        try:
            call = read_call(command, message.payload)
        except UnanswerableError as error:
            self._ignore(message.topic.value, str(error))
            return
        commands = offer.interface.commands
        if command not in commands:
            sentence = f"There is no command of this name; there are {', '.join(commands)}."
            self._answer(call, offer, error_payload(call, offer.module, ErrorType.HANDLER, sentence))
        elif not self._lanes.put(f"{topic}/{command}", partial(self._run, offer, call)):
            sentence = "Too many commands wait already; try again later."
            self._answer(call, offer, error_payload(call, offer.module, ErrorType.NOT_READY, sentence))

    async def _run(self, offer: _Offer, call: Call) -> None:
        try:
            answer = result_payload(call, offer.module, await offer.run(call))
        except PayloadError as error:
            answer = error_payload(call, offer.module, ErrorType.SCHEMA, str(error))
        except CommandTimeoutError as error:
            answer = error_payload(call, offer.module, ErrorType.TIMEOUT, str(error))
        except BridgeError as error:
            answer = error_payload(call, offer.module, ErrorType.HANDLER, str(error))
        except Exception as error:  # noqa: BLE001 -- a defect in one command must not end the others
            _log.exception("%s: the command %s failed unexpectedly", self.where, call.command)
            sentence = f"The bridge made a mistake ({type(error).__name__}); its log says more."
            answer = error_payload(call, offer.module, ErrorType.HANDLER, sentence)
        self._answer(call, offer, answer)

    def _answer(self, call: Call, offer: _Offer, payload: str) -> None:
        topic = f"{offer.topic}/cmd/{call.command}/response/{call.origin}"
        self._outbox.put(Letter(topic, payload, is_state=False))

    def _ignore(self, topic: str, why: str) -> None:
        """Note a message that cannot be answered; only the first of a connection goes to the log."""
        self._ignored += 1
        if self._ignored == 1:
            _log.warning(
                "%s: a message on %s is ignored: %s. Further ones are ignored silently.", self.where, topic, why
            )

    # --- variables -----------------------------------------------------------------------------------------

    def _changed(self, offer: _Offer, name: str, value: object) -> None:
        try:
            payload = variable_payload(value)
        except (TypeError, ValueError) as error:
            kind = type(error).__name__
            _log.error("%s: the value of %s of %s is no JSON (%s)", self.where, name, offer.module, kind)
            return
        self._outbox.put(Letter(f"{offer.topic}/var/{name}", payload, is_state=name in offer.interface.states))

    def _publish_states(self) -> None:
        """Tell all states anew: nothing is retained, so whoever subscribed meanwhile knows none."""
        for offer in self._offers.values():
            if not offer.interface.states:
                continue
            variables = offer.interface.side(offer.station).variables()
            for name in offer.interface.states:
                if name in variables:
                    self._changed(offer, name, variables[name])

    # --- trouble -------------------------------------------------------------------------------------------

    def _begin_trouble(self, error: BrokerError) -> None:
        error.meanwhile = (
            f"Everything else goes on; the broker is tried again at least every {LONGEST_S:.0f} s, and what"
            " happens until then is told to it afterwards"
        )
        self._board.notes[self.where] = str(error)
        if type(error) is not self._trouble:
            _log.warning("%s", error)
        self._trouble = type(error)

    def _end_trouble(self) -> None:
        self._board.notes.pop(self.where, None)
        self._ignored = 0
        if self._trouble is None:
            return
        self._trouble = None
        dropped, self._outbox.dropped = self._outbox.dropped, 0
        lost = f"; {dropped} older messages had no room and are lost" if dropped else ""
        _log.info("%s: the broker is reached again%s", self.where, lost)


def _offers(prefix: str, module: str, station: ChargePointInterface) -> Iterator[_Offer]:
    for interface in INTERFACES.values():
        yield _Offer(interface, station, module, topic_of(prefix, module, interface.implementation))


def _is_refusal(code: int | ReasonCode) -> bool:
    return code.is_failure if isinstance(code, ReasonCode) else code > _QOS
