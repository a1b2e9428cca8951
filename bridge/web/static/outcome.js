// What a charger said to an operation: the word for it, why, what it looks like, and every letter of it.

import { element, pair } from "/static/dom.js";
import { report, reportOf } from "/static/report.js";
import { scheduleOf, scheduleView } from "/static/schedule.js";
import { settings, settingsOf } from "/static/settings.js";
import { DASH, OUTCOMES } from "/static/words.js";

/** Draw one result; `view` has zone, width, and `lead(operation, arguments)`, which fills in another operation. */
export function outcome(result, view) {
  const [word, tone] = OUTCOMES[result.outcome] ?? [result.outcome, "off"];
  const picture = pictureOf(result.answer, view);
  const facts = picture === null ? plainFacts(result.answer) : [];
  return element(
    "article",
    { class: `answer tone-${tone}`, "aria-label": `Answer to ${result.operation}` },
    element(
      "div",
      { class: "station-head" },
      element("h3", {}, result.operation),
      element("span", { class: "role" }, `OCPP ${result.version} · ${view.zone.time(Date.now())}`),
      element("span", { class: "badge" }, word),
    ),
    result.detail ? element("p", { class: "sentence" }, result.detail) : null,
    ...result.notes.map((note) => element("p", { class: "note" }, note)),
    facts.length ? element("dl", { class: "facts" }, ...facts.map(pair)) : null,
    picture,
    letters("The charger's answer", result.answer, picture === null && facts.length === 0),
    letters("What was sent", result.sent, false),
  );
}

function pictureOf(answer, view) {
  const schedule = scheduleOf(answer);
  if (schedule !== null) return scheduleView(schedule, view);
  const variables = reportOf(answer);
  if (variables !== null) return report(variables, view);
  const entries = settingsOf(answer);
  return entries === null ? null : settings(entries, view);
}

/** The words of an answer that has nothing but words. */
function plainFacts(answer) {
  const entries = Object.entries(answer);
  if (entries.some(([, value]) => typeof value === "object" && value !== null)) return [];
  return entries.map(([name, value]) => [name, value === null || value === "" ? DASH : String(value)]);
}

function letters(title, payload, open) {
  return element("details", { open }, element("summary", {}, title), element("pre", { tabindex: 0 }, JSON.stringify(payload, null, 2)));
}
