// The table of charging sessions; on a phone each row is a card, which the style sheet does.

import { element } from "/static/dom.js";
import { DASH, FLAGS, HARMLESS_FLAGS, duration, energy, kilo, stopReason } from "/static/words.js";

const FIRST = 100;

/** Put the sessions of an answer of /api/v1/sessions into `frame`; `several` adds the charger's name. */
export function showSessions(frame, answer, { zone, now, several, live, all, onAll }) {
  const sessions = answer.sessions;
  if (sessions.length === 0) {
    frame.replaceChildren(element("p", { class: "empty" }, "No charging session in this time."));
    return;
  }
  const columns = several ? ["Charger", ...COLUMNS] : COLUMNS;
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col", class: NUMBERS.has(name) ? "number" : null }, name)));
  const shown = all ? sessions : sessions.slice(0, FIRST);
  const body = shown.map((session) => line(session, { zone, now, several, live }));
  const table = element("table", { class: "sessions" }, element("thead", {}, head), element("tbody", {}, ...body));
  frame.replaceChildren(table);
  if (shown.length < sessions.length) {
    const more = element("button", { type: "button", class: "more" }, `Show all ${sessions.length}`);
    more.addEventListener("click", onAll);
    frame.append(more);
  }
  if (!answer.complete) frame.append(element("p", { class: "note" }, "There are more; the CSV has them all."));
}

/** How many there are and what their meters counted. */
export function sum(sessions) {
  if (sessions.length === 0) return "";
  const counted = sessions.filter((session) => session.energy_wh !== null);
  const total = counted.reduce((wattHours, session) => wattHours + session.energy_wh, 0);
  const running = sessions.filter((session) => session.ended_at === null && session.energy_wh === null).length;
  const without = sessions.length - counted.length - running;
  const parts = [`${sessions.length} ${sessions.length === 1 ? "session" : "sessions"}`];
  if (counted.length) parts.push(energy(total, 1));
  if (running) parts.push(`${running} running`);
  if (without) parts.push(`${without} without a figure`);
  return parts.join(" · ");
}

const COLUMNS = ["Start", "Duration", "Energy", "Meter, kWh", "Highest", "Card", "End", "Notes"];
const NUMBERS = new Set(["Duration", "Energy", "Meter, kWh", "Highest"]);

function line(session, { zone, now, several, live }) {
  const started = Date.parse(session.started_at);
  const lasted = session.duration_s ?? (now - started) / 1000;
  const soFar = session.ended_at === null ? live.get(`${session.charger} ${session.session_id}`) : null;
  const cells = [
    ["Start", moment(session, started, zone)],
    ["Duration", duration(lasted)],
    ["Energy", energy(session.energy_wh ?? soFar)],
    ["Meter, kWh", meter(session)],
    ["Highest", session.max_power_w === null ? DASH : `${kilo(session.max_power_w, 1)} kW`],
    ["Card", session.user ?? session.id_token ?? DASH],
    ["End", stopReason(session)],
    ["Notes", flags(session.flags)],
  ];
  if (several) cells.unshift(["Charger", session.charger]);
  return element("tr", { class: session.ended_at ? null : "running" }, ...cells.map(([name, content]) => cell(name, content, session)));
}

function cell(name, content, session) {
  const title = name === "Card" && session.user && session.id_token ? session.id_token : null;
  const empty = content === null || content === DASH;
  const classes = [NUMBERS.has(name) ? "number" : "", empty ? "none" : "", name === "Energy" ? "strong" : ""].join(" ").trim();
  return element("td", { "data-label": name, class: classes || null, title }, content);
}

function moment(session, started, zone) {
  return element("time", { datetime: session.started_at }, `${zone.date(started)} ${zone.toLocalYear(started)}, ${zone.time(started)}`);
}

function meter(session) {
  if (session.meter_start_wh === null && session.meter_stop_wh === null) return DASH;
  return `${kilo(session.meter_start_wh, 2)} → ${kilo(session.meter_stop_wh, 2)}`;
}

function flags(words) {
  const told = words.filter((word) => !HARMLESS_FLAGS.has(word));
  if (told.length === 0) return null;
  const made = told.map((word) => {
    const [short, long] = FLAGS[word] ?? [word, null];
    return element("span", { class: "flag", title: long }, short);
  });
  return element("span", { class: "flags" }, ...made);
}
