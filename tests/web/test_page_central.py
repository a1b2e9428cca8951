"""Chargers that connect by themselves, in a real browser: cards, waiting list, operations and their answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.clock import SystemClock
from bridge.engine.board import Remark
from bridge.errors import StoreError
from bridge.types.facts import to_rfc3339
from bridge.types.ocpp.version import OcppVersion
from bridge.types.words import CommandStatus
from tests.web.browser import NAMES, find_browser
from tests.web.clicking import Tab, open_tab
from tests.web.fake_central import EVIL, FakeCentral, furnish_central, result
from tests.web.scene import card, running

pytestmark = pytest.mark.skipif(find_browser() is None, reason=f"no browser found under {', '.join(NAMES)}")

BUTTON = "document.querySelector('[data-focus=\"operations carport\"]')"
DIALOG = "document.querySelector('dialog[open]')"
TEXT = f"{DIALOG}.querySelector('textarea')"
STATUS = f"{DIALOG}.querySelector('.status')"
WIDE = "document.documentElement.scrollWidth > innerWidth"
WIDE_DIALOG = f"{DIALOG}.scrollWidth > {DIALOG}.clientWidth"
LONG = "x" * 300


@dataclass
class Scene:
    """A tab that shows the page, and what stands behind it."""

    tab: Tab
    central: FakeCentral
    folder: Path

    def do(self, script: str) -> None:
        """Run statements in the page."""
        self.tab.wait_for(f"(() => {{ {script}; return true; }})()")

    def see(self, expression: str) -> Any:
        """Return what an expression is at once, whatever it is."""
        return self.tab.wait_for(f"[{expression}]")[0]

    def open(self) -> None:
        """Open the operations of the carport by its button."""
        self.tab.wait_for(BUTTON)
        self.do(f"{BUTTON}.focus(); {BUTTON}.click()")
        self.tab.wait_for(DIALOG)

    def choose(self, operation: str) -> None:
        """Choose an operation in the open dialog."""
        choice = f"{DIALOG}.querySelector('select')"
        self.do(f"{choice}.value = '{operation}'; {choice}.dispatchEvent(new Event('change'))")

    def search(self, wanted: str) -> None:
        """Type into the search of the newest answer."""
        field = f"{DIALOG}.querySelector('[type=search]')"
        self.do(f"{field}.value = '{wanted}'; {field}.dispatchEvent(new Event('input'))")

    def fill(self, label: str, value: str) -> None:
        """Fill in the field of an argument."""
        labels = f"[...{DIALOG}.querySelectorAll('.fields label')]"
        self.do(
            f"const field = {labels}.find((one) => one.innerText.startsWith('{label}')).querySelector('input, select');"
            f"field.value = '{value}'; ['input', 'change'].forEach((kind) => field.dispatchEvent(new Event(kind)))"
        )

    def send(self, operation: str) -> None:
        """Choose an operation, send it as it stands, and wait for the answer."""
        self.choose(operation)
        self.do(f"{DIALOG}.querySelector('[type=submit]').click()")
        self.tab.wait_for(f"{STATUS}.textContent.includes(': ')")


def _played(folder: Path, play: Callable[[Scene], None], *, width: int = 1280, vendor: str = "Wallbox Works") -> Scene:
    """Serve the furnished site, let `play` act on its page, and return what is left."""

    async def scene() -> Scene:
        clock = SystemClock()
        board, central = furnish_central(clock, vendor=vendor)
        async with running(folder / "store", clock=clock, board=board, central=central) as site:

            def act() -> Scene:
                with open_tab(site.server.url) as tab:
                    tab.look(width)
                    made = Scene(tab, central, folder)
                    tab.wait_for("document.querySelectorAll('.card').length > 0")
                    play(made)
                    return made

            return await asyncio.to_thread(act)

    return asyncio.run(scene())


def _schedule(now: datetime) -> dict[str, Any]:
    periods = [(0, 16), (3600, 6.5), (7200, 0), (14_400, 32)]
    return {
        "status": "Accepted", "connectorId": 1, "scheduleStart": to_rfc3339(now),
        "chargingSchedule": {
            "duration": 21_600, "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": start, "limit": limit, "numberPhases": 3} for start, limit in periods
            ],
        },
    }  # fmt: skip


def _variable(component: str, variable: str, value: str, *, mutability: str = "ReadWrite", **more: Any) -> Any:
    return {
        "component": {"name": component, **more},
        "variable": {"name": variable},
        "variableAttribute": [{"value": value, "mutability": mutability}],
        "variableCharacteristics": {"dataType": "integer", "unit": "s", "maxLimit": 3600},
    }


REPORT = {
    "status": "Accepted",
    "reportData": [
        _variable("OCPPCommCtrlr", "HeartbeatInterval", "120"),
        _variable("OCPPCommCtrlr", "ActiveNetworkProfile", "1", mutability="ReadOnly"),
        _variable("Connector", "Power", "11000", mutability="ReadOnly", evse={"id": 1, "connectorId": 1}),
        _variable("Connector", "Power", "22000", mutability="ReadOnly", evse={"id": 2, "connectorId": 1}),
        _variable("SecurityCtrlr", "BasicAuthPassword", "", mutability="WriteOnly"),
    ],
}


@pytest.mark.parametrize("width", [1280, 390])
def test_cards_and_waiting_list_tell_who_connects(tmp_path: Path, width: int) -> None:
    """Version, address, heartbeat, remarks, the error's sentence; and who asks to come in, with what it said."""

    def play(scene: Scene) -> None:
        scene.tab.wait_for("document.querySelectorAll('.waiting li').length === 2")
        card_text = scene.see("document.querySelector('[data-charger=carport]').innerText")
        for words in (
            "CP-4711", "OCPP 1.6 from 192.168.1.20", "Connected", "Heartbeat", "1 min ago", "Its clock", "1 min behind",
            "password, not encrypted", "Firmware: step 3", "Operations …",
        ):  # fmt: skip
            assert words in card_text, words
        assert "Firmware: step 0" not in card_text, "only the newest"
        assert "own page" not in card_text, "it has none"
        assert "the connection was lost" in scene.see("document.querySelector('[data-charger=yard]').innerText")
        assert "Operations" not in scene.see("document.querySelector('[data-charger=garage]').innerText")
        waiting = scene.see("document.getElementById('waiting').innerText")
        for words in (
            "Chargers that ask to come in", "CP*New.7", "Wallbox Works", "Model One", "SN-0001", "192.168.1.77",
            "encrypted", "It comes with a password", "OLD BOX", "not encrypted", "anybody in its network",
        ):  # fmt: skip
            assert words in waiting, words
        assert scene.see(WIDE) is False

    assert _played(tmp_path, play, width=width).tab.complaints == []


def test_nothing_of_it_appears_without_a_central_system(tmp_path: Path) -> None:
    """No button, no list, and no code for them is loaded."""

    async def scene() -> None:
        async with running(tmp_path, clock=SystemClock()) as site:
            card(site.board)

            def act() -> None:
                with open_tab(site.server.url) as tab:
                    tab.wait_for("document.querySelector('.card')")
                    loaded = "performance.getEntriesByType('resource').map(({name}) => name)"
                    connection, is_hidden, names = tab.wait_for(
                        f"[document.querySelector('.connection'), document.getElementById('waiting').hidden, {loaded}]"
                    )
                    assert (connection, is_hidden) == (None, True)
                    assert any("waiting.js" in name for name in names)
                    assert not any("operations.js" in name for name in names)
                    assert tab.complaints == []

            await asyncio.to_thread(act)

    asyncio.run(scene())


def test_a_stranger_is_let_in_under_a_proposed_name(tmp_path: Path) -> None:
    """The name is made from the identity, a refusal stands by the entry, and the next try works past all guards."""

    def play(scene: Scene) -> None:
        accept = "document.querySelector('[aria-label=\"Accept CP*New.7\"]')"
        entry = f"{accept}.closest('li')"
        scene.tab.wait_for(accept)
        scene.do(f"{accept}.click()")
        assert scene.see(f"{entry}.querySelector('input').value") == "cp-new-7"
        assert scene.see("document.activeElement.tagName") == "INPUT"
        scene.tab.type("garage")
        scene.tab.press("Enter", 13, "\r")
        assert "«garage» is taken" in scene.tab.wait_for(f"{entry}.querySelector('.error').textContent")
        scene.do(f"{entry}.querySelector('input').select()")
        scene.tab.type("roof")
        scene.tab.press("Enter", 13, "\r")
        scene.tab.wait_for("document.querySelector('[data-charger=roof]')")
        assert scene.see("document.getElementById('said').textContent") == "CP*New.7 is now roof."
        scene.do("document.querySelector('[aria-label=\"Turn away OLD BOX\"]').click()")
        scene.tab.wait_for("document.getElementById('waiting').hidden")

    assert _played(tmp_path, play).central.let_in == [("CP*New.7", "roof"), ("OLD BOX", None)]


def test_typing_a_name_is_not_disturbed_by_the_next_answer(tmp_path: Path) -> None:
    """The list is asked for every few seconds; what is being typed stays, and so does the focus."""

    def play(scene: Scene) -> None:
        accept = "document.querySelector('[aria-label=\"Accept CP*New.7\"]')"
        scene.tab.wait_for(accept)
        scene.do(f"{accept}.click()")
        scene.tab.type("half")
        last = scene.see(f"{accept}.closest('li').querySelector('dl').innerText")
        waiting = scene.central.board.waiting["CP*New.7"]
        waiting.last_at += timedelta(hours=-5)
        scene.tab.wait_for(f"{accept}.closest('li').querySelector('dl').innerText !== {json.dumps(last)}")
        assert scene.see("document.activeElement.value") == "half"

    _played(tmp_path, play)


def test_the_dialog_is_used_by_keyboard(tmp_path: Path) -> None:
    """It is labelled, takes the focus, closes by Escape, and the focus goes back to the button that opened it."""

    def play(scene: Scene) -> None:
        scene.open()
        assert scene.see(f"document.getElementById({DIALOG}.getAttribute('aria-labelledby')).innerText") == (
            "Operations of carport"
        )
        assert scene.see("document.activeElement.id") == "operation"
        scene.tab.press("Escape", 27)
        scene.tab.wait_for("!document.querySelector('dialog')")
        assert scene.tab.wait_for("document.activeElement.dataset.focus") == "operations carport"
        scene.open()

    assert _played(tmp_path, play).tab.complaints == []


def test_fields_write_into_the_text_and_the_text_into_them(tmp_path: Path) -> None:
    """Numbers, words, switches and times; an emptied field leaves; a text that is no JSON rests the fields."""

    def play(scene: Scene) -> None:
        def text(value: str) -> None:
            scene.do(f"{TEXT}.value = {json.dumps(value)}; {TEXT}.dispatchEvent(new Event('input'))")

        scene.open()
        scene.choose("Reset")
        scene.fill("type", "Hard")
        scene.fill("at", "2026-01-31T18:00:00")
        scene.fill("force", "true")
        assert json.loads(scene.see(f"{TEXT}.value")) == {"type": "Hard", "at": "2026-01-31T17:00:00Z", "force": True}
        scene.fill("at", "")
        assert json.loads(scene.see(f"{TEXT}.value")) == {"type": "Hard", "force": True}
        text('{"type": "Soft"}')
        assert scene.see(f"[...{DIALOG}.querySelectorAll('.fields select')].map((f) => f.value)") == ["Soft", ""]
        text("{'type': 'Soft'} // as the seed has it")
        assert scene.see(f"[...{DIALOG}.querySelectorAll('.fields :is(input, select)')].every((f) => f.disabled)")
        assert "the bridge reads it when it is sent" in scene.see(f"{DIALOG}.innerText")
        scene.choose("GetCompositeSchedule")
        scene.fill("duration", "600")
        scene.fill("chargingRateUnit", "W")
        assert json.loads(scene.see(f"{TEXT}.value")) == {
            "connectorId": 1, "duration": 600, "chargingRateUnit": "W",
        }  # fmt: skip

    _played(tmp_path, play)


def test_an_operation_is_sent_and_answered(tmp_path: Path) -> None:
    """Text as people write it goes as it is; word, sentence, notes, the raw answer and what was sent are shown."""

    def play(scene: Scene) -> None:
        scene.central.answers["ChangeConfiguration"] = result(
            "ChangeConfiguration", {"status": "RebootRequired"}, sent={"key": "a", "value": "1500"},
            detail="It takes effect after a restart.", notes=("The value was made a text.",),
        )  # fmt: skip
        scene.open()
        scene.choose("ChangeConfiguration")
        scene.do(f"{TEXT}.value = \"{{'key': 'a', // name\\n 'value': 1500}}\"")
        scene.do(f"{DIALOG}.querySelector('[type=submit]').click()")
        scene.tab.wait_for(f"{STATUS}.textContent === 'ChangeConfiguration: Done.'")
        shown = scene.see(f"{DIALOG}.querySelector('.answer').innerText")
        for words in (
            "Done",
            "It takes effect after a restart.",
            "The value was made a text.",
            "RebootRequired",
            "1.6",
        ):
            assert words in shown, words
        sent = scene.see(f"[...{DIALOG}.querySelectorAll('.answer pre')].at(-1).textContent")
        assert json.loads(sent) == {"key": "a", "value": "1500"}

    played = _played(tmp_path, play)
    assert played.central.asked == [("carport", "ChangeConfiguration", {"key": "a", "value": 1500}, "page")]


def test_what_is_risky_is_asked_once_more(tmp_path: Path) -> None:
    """Enter twice is no yes: the focus is on «No»; only «Yes» sends."""

    def play(scene: Scene) -> None:
        scene.open()
        scene.choose("Reset")
        send = f"{DIALOG}.querySelector('[type=submit]')"
        scene.do(f"{send}.focus()")
        scene.tab.press("Enter", 13, "\r")
        assert scene.tab.wait_for("document.activeElement.innerText") == "No"
        assert "Really send Reset to carport?" in scene.see(f"{DIALOG}.innerText")
        scene.tab.press("Enter", 13, "\r")
        scene.tab.wait_for(f"document.activeElement === {send}")
        assert scene.central.asked == []
        scene.do(f"{send}.click(); {DIALOG}.querySelector('.danger').click()")
        scene.tab.wait_for(f"{STATUS}.textContent === 'Reset: Done.'")

    assert [asked[1] for asked in _played(tmp_path, play).central.asked] == ["Reset"]


def test_a_failure_is_told_and_the_next_try_is_possible(tmp_path: Path) -> None:
    """A sentence where the answer would stand; the no of a charger has its own word."""

    def play(scene: Scene) -> None:
        scene.open()
        scene.choose("GetConfiguration")
        scene.do(f"{TEXT}.value = '{{\\'key\\': ['; {DIALOG}.querySelector('[type=submit]').click()")
        assert "line 1, column" in scene.tab.wait_for(f"{STATUS}.classList.contains('error') && {STATUS}.textContent")
        scene.central.answers["GetConfiguration"] = result("GetConfiguration", {}, outcome=CommandStatus.REFUSED)
        scene.send("GetConfiguration")
        assert scene.see(f"{DIALOG}.querySelector('.answer .badge').innerText") == "Refused"

    _played(tmp_path, play)


def test_operations_that_cannot_be_asked_for_say_why_on_the_card(tmp_path: Path) -> None:
    """The sentence stands by the button, which works again afterwards."""

    def play(scene: Scene) -> None:
        scene.central.failure = StoreError("store.sqlite", "the disk is full")
        scene.tab.wait_for(BUTTON)
        scene.do(f"{BUTTON}.click()")
        trouble = "document.querySelector('[data-charger=carport] .error')"
        assert scene.tab.wait_for(f"{trouble}?.innerText") == "store.sqlite: the disk is full."
        scene.central.failure = None
        scene.open()
        scene.tab.wait_for(f"!{trouble}")

    _played(tmp_path, play)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_composite_schedule_is_drawn(tmp_path: Path, width: int) -> None:
    """Steps of the right heights over time, the numbers below, and for a screen reader the same in words."""

    def play(scene: Scene) -> None:
        now = SystemClock().now().replace(microsecond=0) - timedelta(minutes=20)
        scene.central.answers["GetCompositeSchedule"] = result("GetCompositeSchedule", _schedule(now))
        scene.open()
        scene.send("GetCompositeSchedule")
        path = scene.see(f"{DIALOG}.querySelector('.schedule .line').getAttribute('d')")
        heights = [float(part.split("H")[0]) for part in path.split("V")[1:]]
        assert len(heights) == 4
        zero = heights[2]
        # 16, 6.5, 0 and 32 A above the zero line
        assert [round((zero - height) / (zero - heights[3]) * 32, 3) for height in heights] == [16, 6.5, 0, 32]
        label = scene.see(f"{DIALOG}.querySelector('.schedule svg').getAttribute('aria-label')")
        assert label.startswith("What it may draw: 16 A from ")
        rows = scene.see(f"[...{DIALOG}.querySelectorAll('.periods tbody tr')].map((row) => row.children[2].innerText)")
        assert rows == ["16 A", "6.5 A", "0 A", "32 A"]
        assert scene.see(f"!!{DIALOG}.querySelector('.schedule .now')") is True
        assert scene.see(WIDE_DIALOG) is False
        assert scene.see(WIDE) is False

    assert _played(tmp_path, play, width=width).tab.complaints == []


def test_a_schedule_of_2x_without_an_end_and_nonsense_are_told_apart(tmp_path: Path) -> None:
    """Watts, no duration: the last step holds until it is changed; what cannot be drawn is shown as text only."""

    def play(scene: Scene) -> None:
        v2 = {
            "status": "Accepted",
            "schedule": {
                "evseId": 1, "duration": 0, "scheduleStart": "2026-06-18T20:00:00Z", "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11_000}, {"startPeriod": 600, "limit": 4200}],
            },
        }  # fmt: skip
        v201 = {"version": OcppVersion.V201}
        scene.central.answers["GetCompositeSchedule"] = result("GetCompositeSchedule", v2, **v201)
        scene.open()
        scene.send("GetCompositeSchedule")
        table = scene.see(f"{DIALOG}.querySelector('.periods').innerText")
        assert "until changed" in table
        assert "11\u202f000 W" in table
        for change in (
            {"duration": 1e300}, {"scheduleStart": "soon"}, {"chargingSchedulePeriod": "none"},
            {"chargingSchedulePeriod": [None]}, {"chargingSchedulePeriod": [{"startPeriod": -1, "limit": 1}]},
        ):  # fmt: skip
            bad = {"status": "Accepted", "schedule": {**v2["schedule"], **change}}  # type: ignore[dict-item]
            scene.central.answers["GetCompositeSchedule"] = result("GetCompositeSchedule", bad, **v201)
            scene.do(f"{DIALOG}.querySelector('.answer').dataset.old = 'yes'")
            scene.do(f"{DIALOG}.querySelector('[type=submit]').click()")
            scene.tab.wait_for(f"!{DIALOG}.querySelector('.answer').dataset.old")
            drawn = scene.see(f"!!{DIALOG}.querySelector('.answer:first-child svg')")
            assert drawn is ("duration" in change), change

    assert _played(tmp_path, play).tab.complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_report_is_looked_through_and_leads_to_setting(tmp_path: Path, width: int) -> None:
    """Components open to variables, the search narrows, and «Set» fills in SetVariables with the value selected."""

    def play(scene: Scene) -> None:
        scene.central.answers["GetConfiguration"] = result("GetBaseReport", REPORT, version=OcppVersion.V201)
        scene.open()
        scene.send("GetConfiguration")
        tree = f"{DIALOG}.querySelector('.tree')"
        names = scene.see(f"[...{tree}.querySelectorAll('summary')].map((one) => one.innerText)")
        assert names == [
            "Connector · EVSE 1, connector 1 1", "Connector · EVSE 2, connector 1 1", "OCPPCommCtrlr 2",
            "SecurityCtrlr 1",
        ]  # fmt: skip
        scene.do(f"{tree}.querySelectorAll('details')[3].open = true")
        assert "not shown" in scene.tab.wait_for(
            f"{tree}.querySelectorAll('details')[3].querySelector('li')?.innerText"
        )
        scene.search("comm 120")
        found = scene.see(f"[...{tree}.querySelectorAll('li')].map((one) => one.innerText)")
        assert len(found) == 1
        assert "HeartbeatInterval" in found[0]
        assert "120 s" in found[0]
        assert "integer · … to 3600" in found[0]
        assert scene.see(WIDE_DIALOG) is False
        scene.do(f"{tree}.querySelector('li button').click()")
        assert scene.see(f"{DIALOG}.querySelector('select').value") == "ChangeConfiguration", "by its other name"
        scene.tab.type("300")
        assert json.loads(scene.see(f"{TEXT}.value")) == {
            "setVariableData": [
                {
                    "component": {"name": "OCPPCommCtrlr"},
                    "variable": {"name": "HeartbeatInterval"},
                    "attributeValue": "300",
                }
            ]
        }

    assert _played(tmp_path, play, width=width).tab.complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_settings_are_looked_through_and_lead_to_changing(tmp_path: Path, width: int) -> None:
    """A table with marks for what is read only; «Change» fills in ChangeConfiguration and goes to the value."""

    def play(scene: Scene) -> None:
        keys = [("NumberOfConnectors", "1", True), ("HeartbeatInterval", "120", False), ("Empty", None, False)]
        answer = {
            "configurationKey": [
                {"key": key, "readonly": readonly, **({} if value is None else {"value": value})}
                for key, value, readonly in keys
            ],
            "unknownKey": ["Nonsense"],
        }
        scene.central.answers["GetConfiguration"] = result("GetConfiguration", answer)
        scene.open()
        scene.send("GetConfiguration")
        rows = scene.see(f"[...{DIALOG}.querySelectorAll('.settings tbody tr')].map((row) => row.innerText)")
        assert [row.split()[0] for row in rows] == ["Empty", "HeartbeatInterval", "Nonsense", "NumberOfConnectors"]
        assert "read only" in rows[3]
        assert "not known to it" in rows[2]
        assert scene.see(WIDE_DIALOG) is False
        scene.search("heart")
        scene.do(f"{DIALOG}.querySelector('.settings button').click()")
        scene.tab.type("300")
        assert json.loads(scene.see(f"{TEXT}.value")) == {"key": "HeartbeatInterval", "value": "300"}

    assert _played(tmp_path, play, width=width).tab.complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_what_strangers_and_stations_say_is_never_run(tmp_path: Path, width: int) -> None:
    """Tags in identities, names, remarks, answers and errors are text; very long words do not widen the page."""

    def play(scene: Scene) -> None:
        board, central = scene.central.board, scene.central
        evil = EVIL + LONG
        board.waiting[evil] = replace(board.waiting.pop("OLD BOX"), identity=evil, model=evil, address=evil)
        carport = board.stations["carport"]
        carport.identity, carport.address, carport.error = evil, evil, evil
        carport.remarks.append(Remark(carport.remarks[-1].at, evil))
        scene.tab.wait_for("document.body.innerText.split('onerror').length > 7")
        assert scene.see(WIDE) is False
        scene.open()
        report = {"reportData": [_variable(evil, evil, evil, instance=evil)]}
        settings = {"configurationKey": [{"key": evil, "value": evil, "readonly": False}], "unknownKey": [evil]}
        for answer in (report, settings, {"status": evil, evil: evil}):
            central.answers["GetConfiguration"] = result(evil, answer, detail=evil, notes=(evil,), sent={evil: evil})
            scene.choose("Reset")
            scene.do(f"{STATUS}.textContent = ''")
            scene.send("GetConfiguration")
            assert scene.see(WIDE_DIALOG) is False
        scene.do(f"{DIALOG}.querySelectorAll('details').forEach((one) => (one.open = true))")
        assert scene.see(WIDE_DIALOG) is False
        assert scene.see("document.querySelectorAll('img').length") == 0
        assert scene.see("document.title").startswith("home")

    assert _played(tmp_path, play, width=width, vendor=EVIL).tab.complaints == []


def test_a_report_of_something_else_is_shown_as_it_is(tmp_path: Path) -> None:
    """Monitors have no attributes to look through: every letter of the answer stands there instead."""

    def play(scene: Scene) -> None:
        monitors = [{"component": {"name": "EVSE"}, "variable": {"name": "Power"}, "variableMonitoring": [{"id": 7}]}]
        scene.central.answers["GetConfiguration"] = result("GetMonitoringReport", {"reportData": monitors})
        scene.open()
        scene.send("GetConfiguration")
        assert scene.see(f"!!{DIALOG}.querySelector('.tree')") is False
        shown = scene.see(f"{DIALOG}.querySelector('.answer details[open] pre').innerText")
        assert json.loads(shown) == {"reportData": monitors}

    _played(tmp_path, play)


def test_a_report_of_thousands_is_shown_in_part(tmp_path: Path) -> None:
    """The page stays quick: the first are shown, and the search reaches all."""

    def play(scene: Scene) -> None:
        many = [_variable(f"Part{number % 50}", f"Variable{number}", str(number)) for number in range(3000)]
        scene.central.answers["GetConfiguration"] = result("GetBaseReport", {"reportData": many})
        scene.open()
        scene.send("GetConfiguration")
        assert "3000 in all; the first 200 are shown" in scene.see(f"{DIALOG}.querySelector('.search').innerText")
        scene.search("variable2999")
        assert scene.see(f"{DIALOG}.querySelectorAll('.tree li').length") == 1

    _played(tmp_path, play)
