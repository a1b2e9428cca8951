// Joins the parts: asks the bridge every few seconds, the graph every minute, and nothing while nobody looks.

import { address, ask } from "/static/api.js";
import { showCards } from "/static/cards.js";
import { Connections } from "/static/connections.js";
import { Curves } from "/static/curves.js";
import { byId, element } from "/static/dom.js";
import { setText, showHealth } from "/static/foot.js";
import { Graph } from "/static/graph.js";
import { Range } from "/static/range.js";
import { series } from "/static/steps.js";
import { sum, showSessions } from "/static/sessions.js";
import { SiteLimit } from "/static/site_limit.js";
import { Stations } from "/static/stations.js";
import { Waiting } from "/static/waiting.js";
import { DASH, GAPS } from "/static/words.js";
import { Zone } from "/static/zone.js";

const CARDS_MS = 5_000;
const GRAPH_MS = 60_000;
const DAYS_FROM_MS = 120 * 86_400_000;

const range = new Range(24);
const curves = new Curves();
const graph = new Graph(byId("graph"), zoom);
const say = (text) => (byId("said").textContent = text);
const stations = new Stations({ draw: drawCards, refresh: cards, say });
const connections = new Connections({ refresh: cards, say });
const siteLimit = new SiteLimit(byId("site-limit"));
const waiting = new Waiting(byId("waiting"), { refresh: cards, say });
const page = { overall: byId("overall"), notices: byId("notices"), sinks: byId("sinks"), foot: byId("foot") };

let zone = null;
let chargers = null;
let lastHeard = null;
let charger = "";
let allSessions = false;
let drawn = null;
let question = 0;

const chart = chartLibrary();

/** Resolves when the chart library is there; its script tag stands after ours. */
function chartLibrary() {
  const script = byId("chart-library");
  return new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("The chart library is missing; install plotly again.")));
  });
}

async function cards() {
  try {
    const [answer, health] = await Promise.all([ask("/api/v1/chargers"), ask("/health")]);
    zone ??= new Zone(answer.zone);
    lastHeard = Date.now();
    const first = chargers === null;
    chargers = answer;
    document.body.classList.remove("stale");
    byId("site").textContent = answer.site;
    document.title = `${answer.site || "chargebridge"} · chargebridge`;
    drawCards();
    siteLimit.show(answer);
    waiting.show(answer, zone);
    const notes = answer.store_error ? { ...health.notes, store: answer.store_error } : health.notes;
    showHealth(page, { ...health, notes }, zone);
    chargerChoice(answer.chargers.map(({ id }) => id));
    if (first) await refresh();
  } catch (error) {
    document.body.classList.add("stale");
    const since = lastHeard === null ? "" : ` What you see is from ${zone.time(lastHeard)}.`;
    setText(page.notices, [`${error.message}${since} Asking again every ${CARDS_MS / 1000} s.`]);
  }
}

function drawCards() {
  showCards(byId("cards"), chargers, zone, [connections, stations]);
}

/** Ask for graph and sessions of the shown time; an answer that is overtaken by a newer question is dropped. */
async function refresh() {
  if (zone === null) return;
  const mine = ++question;
  const now = Date.now();
  const { from, to } = range.at(now);
  const span = { charger, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  controls(now, span);
  await Promise.all([showGraph(mine, span, { from, to }, now), showTable(mine, span, now)]);
}

async function showGraph(mine, span, shown, now) {
  try {
    // Over many months a step a day shows the seasons, where finer ones would make a comb.
    const resolution = shown.to - shown.from > DAYS_FROM_MS ? "1d" : "auto";
    const answer = await ask("/api/v1/power", { ...span, resolution });
    await chart;
    if (mine !== question) return;
    drawn = { answer, shown, now };
    await redraw();
  } catch (error) {
    if (mine === question) note(error.message);
  }
}

async function redraw() {
  const { answer, shown, now } = drawn;
  const groups = series(answer.rows);
  const several = charger === "" && chargers.chargers.length > 1;
  const dressed = curves.dress(groups, several);
  legend(dressed, answer.gaps);
  byId("resolution").textContent = groups.length ? resolution(answer.resolution_s) : "";
  if (groups.length === 0) {
    note(emptyGraph(answer));
    return;
  }
  note("");
  await graph.draw(answer, { curves: dressed, range: shown, zone, now, several });
}

/** Why there is nothing to draw. */
function emptyGraph(answer) {
  const filling = chargers.chargers.find(({ id, backfill }) => backfill !== null && (charger === "" || id === charger));
  if (filling) return `Loading history: ${filling.backfill.percent} %. The graph appears as it comes in.`;
  const reasons = [...new Set(answer.gaps.map(({ reason }) => GAPS[reason][1]))];
  if (reasons.length) return `Nothing in this time: ${reasons.join("; ")}.`;
  return "No power data yet. The first five minutes appear soon after the charger's first answer.";
}

function note(text) {
  byId("graph-note").textContent = text;
  byId("graph-note").hidden = text === "";
  byId("graph").hidden = text !== "";
}

const resolution = (seconds) => {
  if (seconds === 300) return "Each step is one 5-minute row of the charger.";
  const length = seconds < 3600 ? `${seconds / 60} min` : seconds < 86_400 ? `${seconds / 3600} h` : `${seconds / 86_400} d`;
  return `Each step is the mean of ${length}; the thin line is the highest 5-minute mean in it.`;
};

async function showTable(mine, span, now) {
  const frame = byId("sessions");
  try {
    const answer = await ask("/api/v1/sessions", { ...span, match: "overlapping" });
    if (mine !== question || frame.contains(document.activeElement)) return;
    const several = charger === "" && chargers.chargers.length > 1;
    const table = () => showSessions(frame, answer, { zone, now, several, live: live(), all: allSessions, onAll });
    const onAll = () => {
      allSessions = true;
      table();
    };
    table();
    byId("sessions-sum").textContent = sum(answer.sessions);
  } catch (error) {
    if (mine === question) frame.replaceChildren(element("p", { class: "empty" }, error.message));
  }
}

/** What running sessions have counted so far, by charger and session. */
function live() {
  const counts = chargers.chargers.flatMap(({ id, connectors }) =>
    connectors.filter(({ session_id }) => session_id !== null).map((c) => [`${id} ${c.session_id}`, c.session_energy_wh]),
  );
  return new Map(counts);
}

function controls(now, span) {
  const preset = range.preset(now);
  for (const button of byId("ranges").children) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.hours) === preset));
  }
  byId("later").disabled = range.fixed === null;
  byId("range-label").textContent = rangeLabel(range.at(now), now);
  byId("power-csv").href = address("/api/v1/power", { ...span, resolution: "5min", format: "csv" });
  byId("sessions-csv").href = address("/api/v1/sessions", { ...span, match: "overlapping", format: "csv" });
}

function rangeLabel({ from, to }, now) {
  const short = to - from < 3 * 86_400_000;
  const told = (at) => (short ? `${zone.date(at)}, ${zone.time(at)}` : zone.dateYear(at));
  return `${told(from)} ${DASH} ${range.fixed === null ? "now" : told(to)}`;
}

function legend(dressed, gaps) {
  const buttons = dressed.map((curve) => {
    const button = element("button", { type: "button", class: "curve", "aria-pressed": String(curve.shown) }, swatch(curve), curve.label);
    button.addEventListener("click", async () => {
      curves.choose(curve.key, !curve.shown);
      await redraw();
      byId("legend").querySelector(`[data-key="${CSS.escape(curve.key)}"]`)?.focus();
    });
    button.dataset.key = curve.key;
    return button;
  });
  const reasons = [...new Set(gaps.map(({ reason }) => reason))].map((reason) =>
    element("span", { class: "reason" }, element("span", { class: `hatch ${reason}`, "aria-hidden": "true" }), GAPS[reason][0]),
  );
  byId("legend").replaceChildren(...buttons, ...(dressed.length ? reasons : []));
}

function swatch(curve) {
  const made = element("span", { class: `swatch ${curve.dash}`, "aria-hidden": "true" });
  made.style.setProperty("--swatch", curve.colour);
  return made;
}

function chargerChoice(ids) {
  const choice = byId("charger-choice");
  choice.hidden = ids.length < 2;
  if (choice.options.length === ids.length + 1) return;
  choice.replaceChildren(element("option", { value: "" }, "All chargers"), ...ids.map((id) => element("option", { value: id }, id)));
  choice.value = charger;
}

async function zoom(from, to) {
  if (from === null) range.last(range.hours);
  else range.only(from, to);
  await refresh();
}

function wire() {
  byId("ranges").addEventListener("click", ({ target }) => {
    if (!target.dataset.hours) return;
    range.last(Number(target.dataset.hours));
    allSessions = false;
    refresh();
  });
  byId("earlier").addEventListener("click", () => {
    range.move(-1, Date.now());
    refresh();
  });
  byId("later").addEventListener("click", () => {
    range.move(1, Date.now());
    refresh();
  });
  byId("charger-choice").addEventListener("change", ({ target }) => {
    charger = target.value;
    refresh();
  });
  const again = () => drawn && redraw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  let width = byId("graph").parentElement.clientWidth;
  new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - width) < 1) return;
    width = contentRect.width;
    again();
  }).observe(byId("graph").parentElement);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) cards().then(refresh);
  });
}

/** Repeat a work, the next time counted from its end, and not while nobody looks. */
function repeat(work, pause) {
  setTimeout(async () => {
    if (!document.hidden) await work();
    repeat(work, pause);
  }, pause);
}

wire();
cards();
repeat(cards, CARDS_MS);
repeat(refresh, GRAPH_MS);
