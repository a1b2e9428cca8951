// The configuration of a charger of OCPP 1.6 as a table to look through.

import { element } from "/static/dom.js";
import { searchable } from "/static/search.js";
import { DASH } from "/static/words.js";

/** The settings in an answer as {key, value, readonly}, those unknown with null; null where there are none. */
export function settingsOf(answer) {
  const [known, unknown] = [answer.configurationKey, answer.unknownKey].map((list) => (Array.isArray(list) ? list : []));
  if (known.length === 0 && unknown.length === 0) return null;
  const told = known.filter((entry) => typeof entry?.key === "string");
  return [
    ...told.map(({ key, value, readonly }) => ({ key, value: value ?? null, readonly: readonly === true, known: true })),
    ...unknown.map((key) => ({ key: String(key), value: null, readonly: true, known: false })),
  ].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The table with its search; «Change» leads to ChangeConfiguration. */
export function settings(entries, { lead }) {
  const body = element("tbody", {});
  const table = element(
    "table",
    { class: "settings" },
    element("thead", {}, element("tr", {}, ...["Setting", "Value", ""].map((word) => element("th", { scope: "col" }, word)))),
    body,
  );
  return searchable("Search settings", entries, {
    text: ({ key, value }) => `${key} ${value ?? ""}`,
    show: (found) => body.replaceChildren(...found.map((entry) => row(entry, lead))),
    frame: table,
  });
}

function row(entry, lead) {
  const { key, value, readonly, known } = entry;
  return element(
    "tr",
    {},
    element("td", { "data-label": "Setting", class: "name" }, key),
    element("td", { "data-label": "Value", class: value === null || value === "" ? "none value" : "value" }, known ? value || DASH : "not known to it"),
    element("td", { class: "act" }, known ? action(entry, lead) : null),
  );
}

function action({ key, value, readonly }, lead) {
  if (readonly) return element("span", { class: "flag" }, "read only");
  const button = element("button", { type: "button", "aria-label": `Change ${key}` }, "Change …");
  button.addEventListener("click", () => lead("ChangeConfiguration", { key, value: value ?? "" }));
  return button;
}
