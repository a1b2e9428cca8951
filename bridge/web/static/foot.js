// What concerns the bridge as a whole: its state, its notes, and where the data goes.

import { element } from "/static/dom.js";
import { duration } from "/static/words.js";

/** Show an answer of /health. */
export function showHealth({ overall, notices, sinks, foot }, health, zone) {
  const now = Date.parse(health.now);
  const silent = health.chargers.filter((charger) => charger.health !== "normal").length;
  overall.className = `overall ${health.status}`;
  overall.textContent = health.status === "ok" ? "All is well" : attention(health, silent);
  setText(notices, Object.values(health.notes));
  sinks.replaceChildren(...health.sinks.map((sink) => sinkLine(sink, now)));
  const running = duration((now - Date.parse(health.started_at)) / 1000);
  foot.textContent = `Times in ${zone.name} · running for ${running} · stored on this computer`;
}

function attention(health, silent) {
  if (silent) return `${silent} of ${health.chargers.length} ${health.chargers.length === 1 ? "charger" : "chargers"} silent`;
  if (health.sinks.some((sink) => sink.error)) return "Delivery waits";
  if (health.uplinks.some((uplink) => uplink.error)) return "Central system waits";
  return health.uplinks.some((uplink) => uplink.dead_letters) ? "Messages were refused" : "Needs attention";
}

/** Replace the lines only when they changed, so that a screen reader does not repeat them. */
export function setText(frame, lines) {
  const before = [...frame.children].map((child) => child.textContent);
  if (before.join("\n") === lines.join("\n")) return;
  frame.replaceChildren(...lines.map((line) => element("p", { class: "notice" }, line)));
}

function sinkLine(sink, now) {
  const parts = [];
  parts.push(sink.waiting ? `${sink.waiting} waiting` : "up to date");
  if (sink.last_delivered_at) parts.push(`delivered ${duration((now - Date.parse(sink.last_delivered_at)) / 1000)} ago`);
  if (sink.set_aside) parts.push(`${sink.set_aside} set aside`);
  return element(
    "li",
    { class: sink.error ? "failing" : null },
    element("strong", {}, sink.sink),
    ` ${parts.join(", ")}`,
    sink.error ? element("span", { class: "error" }, sink.error) : null,
  );
}
