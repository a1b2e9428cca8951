// One card per charger: how it is, why, and since when.

import { element, icon, pair } from "/static/dom.js";
import { DASH, HEALTHS, STATES, duration, energy, power } from "/static/words.js";

/**
 * Put the cards of an answer of /api/v1/chargers into `frame`; `parts` draw what stands at their ends. A card in which a button is held down waits its turn;
 * the focus goes to the same place in the new card.
 */
export function showCards(frame, answer, zone, parts) {
  if (answer.chargers.length === 0) {
    frame.replaceChildren(element("p", { class: "empty" }, "No charger is configured yet. Add one under chargers in the config."));
    return;
  }
  const old = new Map([...frame.querySelectorAll(".card")].map((card) => [card.dataset.charger, card]));
  const cards = answer.chargers.map((charger) => {
    const before = old.get(charger.id);
    return before?.querySelector(":active") ? before : card(charger, Date.parse(answer.now), zone, parts);
  });
  const focus = frame.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  frame.replaceChildren(...cards);
  if (focus !== undefined) frame.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
}

function card(charger, now, zone, parts) {
  const [word, symbol, tone] = state(charger);
  const title = `card-${charger.id}`;
  return element(
    "article",
    { class: `card tone-${tone}`, "data-charger": charger.id, "aria-labelledby": title },
    element(
      "div",
      { class: "card-head" },
      element("h3", { id: title }, charger.id),
      element("p", { class: "badge" }, icon(symbol), word),
      element("p", { class: "model" }, model(charger)),
    ),
    ...charger.connectors.map((connector) => connectorLine(connector, charger, now, zone)),
    element("p", { class: "sentence" }, charger.sentence),
    charger.error ? element("p", { class: "error" }, charger.error) : null,
    ...[charger.backfill_error, ...charger.notes].filter(Boolean).map((text) => element("p", { class: "note" }, text)),
    progress(charger.backfill),
    around(charger),
    ...parts.map((part) => part.section(charger, now, zone)),
    foot(charger, now, zone),
  );
}

/** The charger's word is that of its busiest connector; silence is above all. */
function state(charger) {
  if (charger.health === "charger_fault") return ["Charger fault", "silent", "bad"];
  if (charger.health === "communication_fault") return ["Communication fault", "silent", "bad"];
  if (charger.last_heard_at === null) return charger.error ? ["Not reached", "silent", "bad"] : ["Asking", "unknown", "off"];
  const known = charger.connectors.map((connector) => STATES[connector.status] ?? [connector.status_raw ?? "Unknown", "unknown", "off"]);
  const order = ["go", "bad", "wait", "free", "off"];
  return known.sort((a, b) => order.indexOf(a[2]) - order.indexOf(b[2]))[0] ?? ["Unknown", "unknown", "off"];
}

function connectorLine(connector, charger, now, zone) {
  const stale = charger.health !== "normal";
  const several = charger.connectors.length > 1;
  const started = connector.session_started_at ? Date.parse(connector.session_started_at) : null;
  const facts = [];
  if (connector.session_energy_wh !== null) facts.push(["This session", energy(connector.session_energy_wh, 1)]);
  if (started !== null) facts.push(["since", `${zone.moment(started, now)} (${duration((now - started) / 1000)})`]);
  if (connector.current_a !== null && connector.status === "Charging") facts.push(["Current", `${connector.current_a.toFixed(1)} A`]);
  const name = several ? `Connector ${connector.connector_id} · ${STATES[connector.status]?.[0] ?? connector.status_raw ?? DASH}` : null;
  return element(
    "div",
    { class: "connector" },
    name ? element("p", { class: "connector-name" }, name) : null,
    element("p", { class: "watts" }, stale ? DASH : power(connector.power_w)),
    facts.length ? element("dl", { class: "facts" }, ...facts.map(pair)) : null,
  );
}

function around(charger) {
  if (charger.health !== "normal") return null;
  const facts = [];
  if (charger.building_power_w !== null) facts.push(["Building", power(charger.building_power_w)]);
  if (charger.cluster_power_w !== null) facts.push(["All chargers", power(charger.cluster_power_w)]);
  return facts.length ? element("dl", { class: "facts" }, ...facts.map(pair)) : null;
}

function foot(charger, now, zone) {
  const heard = charger.last_heard_at ? Date.parse(charger.last_heard_at) : null;
  const ago = heard === null ? "never heard" : `heard ${duration((now - heard) / 1000)} ago`;
  const health = charger.health === "normal" ? ago : `${HEALTHS[charger.health] ?? charger.health}, ${ago}`;
  const title = heard === null ? null : `Last answer ${zone.moment(heard, now)}`;
  return element(
    "p",
    { class: "card-foot" },
    element("span", { class: `dot ${charger.health}`, "aria-hidden": "true" }),
    element("span", { title }, health),
    charger.url ? element("a", { href: charger.url, rel: "noreferrer", "data-focus": `page ${charger.id}` }, "own page") : null,
  );
}

function progress(backfill) {
  if (backfill === null) return null;
  const text = `Loading history: ${backfill.percent} %`;
  return element("p", { class: "progress" }, text, element("progress", { max: 100, value: backfill.percent, "aria-label": text }));
}

const model = ({ identity }) => {
  if (identity === null) return "not identified yet";
  const firmware = identity.firmware_version ? `firmware ${identity.firmware_version}` : null;
  const serial = identity.serial_number ? `no. ${identity.serial_number}` : null;
  return [[identity.vendor_name, identity.model].filter(Boolean).join(" "), firmware, serial].filter(Boolean).join(" · ");
};
