// A composite schedule as a graph: how much a charger may draw, step by step.

import { drawn, element } from "/static/dom.js";
import { ticks } from "/static/ticks.js";
import { DASH, duration } from "/static/words.js";

const MOST_PERIODS = 2_000;
const SHOWN_PERIODS = 100;
const MOST_S = 10 * 366 * 86_400;
const OPEN_END_S = 3_600;
const HEIGHT = 220;
const [TIME_PX, DATE_PX] = [34, 76];
const MARGIN = { left: 56, right: 14, top: 12, bottom: 42 };

/**
 * The schedule in an answer of OCPP 1.6 or 2.x as {unit, from, to, open, steps, least}, times in milliseconds; null
 * where there is none that can be drawn. A step without a limit has null.
 */
export function scheduleOf(answer) {
  const told = answer.chargingSchedule ?? answer.schedule;
  const periods = told?.chargingSchedulePeriod;
  const from = Date.parse(answer.scheduleStart ?? told?.scheduleStart ?? told?.startSchedule ?? "");
  if (!Array.isArray(periods) || periods.length === 0 || periods.length > MOST_PERIODS || Number.isNaN(from)) return null;
  const starts = periods.map((period) => period?.startPeriod);
  if (!starts.every((start, index) => isWithin(start) && (index === 0 || start >= starts[index - 1]))) return null;
  const open = !(isWithin(told.duration) && told.duration > 0);
  const end = open ? starts.at(-1) + OPEN_END_S : told.duration;
  const steps = periods.flatMap((period, index) => {
    const until = Math.min(starts[index + 1] ?? end, end);
    if (until <= starts[index]) return [];
    const limit = [period.limit, period.setpoint].find((value) => Number.isFinite(value)) ?? null;
    return [{ from: from + starts[index] * 1000, to: from + until * 1000, limit, phases: period.numberPhases ?? null }];
  });
  if (steps.length === 0) return null;
  const least = Number.isFinite(told.minChargingRate) ? told.minChargingRate : null;
  return { unit: told.chargingRateUnit === "W" ? "W" : "A", from, to: from + end * 1000, open, steps, least };
}

/** The graph and its numbers. */
export function scheduleView(schedule, { zone, width }) {
  const { unit, from, to, open, least } = schedule;
  const end = open ? "until it is changed" : `to ${zone.moment(to, from)} (${duration((to - from) / 1000)})`;
  const caption = `From ${zone.moment(from, Date.now())} ${end}, times in ${zone.name}.`;
  return element(
    "figure",
    { class: "schedule" },
    graph(schedule, zone, Math.max(260, Math.min(width || 600, 900))),
    element("figcaption", {}, least === null ? caption : `${caption} Not below ${amount(least, unit)}.`),
    table(schedule, zone),
  );
}

function graph({ unit, from, to, steps }, zone, width) {
  const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, HEIGHT - MARGIN.bottom];
  const { values, top, low } = levels(steps.map(({ limit }) => limit ?? 0));
  const x = (at) => left + ((at - from) / (to - from)) * (right - left);
  const y = (value) => bottom - ((value - low) / (top - low)) * (bottom - MARGIN.top);
  const told = steps.slice(0, 12).map((step) => `${amount(step.limit, unit)} from ${zone.time(step.from)}`);
  const picture = drawn("svg", {
    viewBox: `0 0 ${width} ${HEIGHT}`,
    role: "img",
    "aria-label": `What it may draw: ${told.join(", ")}${steps.length > 12 ? " and so on" : ""}`,
    "data-steps": steps.length,
  });
  for (const value of values) {
    picture.append(
      drawn("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      drawn("text", { class: "tick", x: left - 8, y: y(value) + 4, "text-anchor": "end" }, grouped(value)),
    );
  }
  picture.append(drawn("text", { class: "tick", x: 4, y: MARGIN.top + 4 }, unit));
  timeAxis(picture, { from, to, zone, width: right - left, x, bottom });
  picture.append(
    drawn("path", { class: "area", d: runs(steps).map((run) => area(run, x, y, y(Math.max(0, low)))).join(" ") }),
    drawn("path", { class: "line", d: runs(steps).map((run) => outline(run, x, y)).join(" ") }),
  );
  const now = Date.now();
  if (now > from && now < to) picture.append(drawn("line", { class: "now", x1: x(now), x2: x(now), y1: MARGIN.top, y2: bottom }));
  for (const step of steps) {
    const told = `${moment(step.from, from, zone)} ${DASH} ${moment(step.to, from, zone)}: ${amount(step.limit, unit)}`;
    const place = { class: "touch", x: x(step.from), y: MARGIN.top, width: Math.max(0.5, x(step.to) - x(step.from)), height: bottom - MARGIN.top };
    picture.append(drawn("rect", place, drawn("title", {}, told)));
  }
  return picture;
}

function timeAxis(picture, { from, to, zone, width, x, bottom }) {
  let { values, texts } = ticks(from, to, zone, width);
  if (values.length < 2) [values, texts] = [[from, to], [from, to].map((at) => `${seconds(at, zone)}<br>${zone.date(at)}`)];
  values.forEach((at, index) => {
    // the first and the last label stay inside of the picture
    const half = texts[index].includes("<br>") ? DATE_PX / 2 : TIME_PX / 2;
    const anchor = x(at) > MARGIN.left + width + MARGIN.right - half ? "end" : x(at) < half ? "start" : "middle";
    picture.append(drawn("line", { class: "grid", x1: x(at), x2: x(at), y1: bottom, y2: bottom + 5 }));
    texts[index].split("<br>").forEach((line, row) => {
      picture.append(drawn("text", { class: "tick", x: x(at), y: bottom + 18 + 15 * row, "text-anchor": anchor }, line));
    });
  });
}

/** Steps that follow each other and have a limit. */
function runs(steps) {
  const found = [];
  steps.forEach((step, index) => {
    if (step.limit === null) return;
    if (index === 0 || steps[index - 1].limit === null) found.push([]);
    found.at(-1).push(step);
  });
  return found;
}

const outline = (run, x, y) => `M${x(run[0].from)} ${y(run[0].limit)}${run.map((step) => `V${y(step.limit)}H${x(step.to)}`).join("")}`;
const area = (run, x, y, base) => `${outline(run, x, y)}V${base}H${x(run[0].from)}Z`;

/** Round values for the axis, from a little below the lowest limit or zero to above the highest. */
function levels(limits) {
  const [highest, lowest] = limits.reduce(([high, low], limit) => [Math.max(high, limit), Math.min(low, limit)], [0, 0]);
  const rough = (highest - lowest || 10) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const [first, last] = [Math.floor(lowest / step), Math.ceil((highest || 1) / step)];
  const values = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
  return { values, low: values[0], top: values.at(-1) };
}

function table({ unit, from, steps, open }, zone) {
  const row = (step, index) => {
    const endless = open && index === steps.length - 1;
    return element(
      "tr",
      {},
      element("td", { "data-label": "From" }, moment(step.from, from, zone)),
      element("td", { "data-label": "To" }, endless ? "until changed" : moment(step.to, from, zone)),
      element("td", { "data-label": "Limit", class: "number strong" }, amount(step.limit, unit)),
      element("td", { "data-label": "Phases", class: "number" }, step.phases === null ? DASH : String(step.phases)),
    );
  };
  const head = ["From", "To", "Limit", "Phases"].map((word, index) => element("th", { scope: "col", class: index > 1 ? "number" : null }, word));
  const more = steps.length - SHOWN_PERIODS;
  return element(
    "div",
    {},
    element("table", { class: "periods" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...steps.slice(0, SHOWN_PERIODS).map(row))),
    more > 0 ? element("p", { class: "note" }, `and ${more} more`) : null,
  );
}

const isWithin = (value) => Number.isFinite(value) && value >= 0 && value <= MOST_S;
const grouped = (value) => String(Number(value.toFixed(2))).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
const amount = (value, unit) => (value === null ? "no limit" : `${grouped(value)} ${unit}`);
const seconds = (at, zone) => `${zone.time(at)}:${String(new Date(at).getUTCSeconds()).padStart(2, "0")}`;
const moment = (at, from, zone) => (zone.date(at) === zone.date(from) ? seconds(at, zone) : `${zone.date(at)}, ${seconds(at, zone)}`);
