// What all chargers together may take: the limit, what is promised of it, and who waits for what reason.

import { element, pair } from "/static/dom.js";
import { DASH, power } from "/static/words.js";

const SHARES = { equal: "shared equally", priority: "shared by priority" };

/** The panel of the site's limit; hidden where there is none. Its note stands with the others at the top of the page. */
export class SiteLimit {
  constructor(panel) {
    this.panel = panel;
    this.shown = "";
  }

  /** Show that of an answer of /api/v1/chargers. */
  show({ site_limit: limit }) {
    const shown = JSON.stringify(limit);
    if (shown === this.shown) return;
    this.shown = shown;
    this.panel.hidden = !limit;
    if (!limit) return;
    const part = (name) => this.panel.querySelector(name);
    const [word, tone] = limit.is_kept ? ["Kept", "go"] : limit.note ? ["Not kept", "bad"] : ["Not confirmed yet", "wait"];
    part(".badge").textContent = word;
    part(".badge").className = `badge tone-${tone}`;
    part(".range-label").textContent = about(limit);
    part("dl").replaceChildren(...factsOf(limit).map(pair));
    part("ul").replaceChildren(...limit.connectors.map((one) => line(one, limit.connectors)));
  }
}

function about(limit) {
  const whose = limit.building === null ? "" : `for the whole building, measured by ${limit.building}`;
  const parts = [limit.max_current_a === null ? null : `${amperes(limit.max_current_a)} of each phase`];
  if (limit.max_power_w !== null) parts.push([power(limit.max_power_w), whose].filter(Boolean).join(" "));
  return `${parts.filter(Boolean).join(" and ")}, ${SHARES[limit.shares] ?? limit.shares}`;
}

function factsOf(limit) {
  const facts = [["Promised", `${amperes(limit.promised_a)} · ${power(limit.promised_w)}`]];
  if (limit.building !== null) facts.push(["Rest of the building", power(limit.base_w)]);
  return facts;
}

function line(one, all) {
  const several = all.filter(({ charger }) => charger === one.charger).length > 1;
  return element(
    "li",
    {},
    element("strong", {}, several ? `${one.charger}, connector ${one.connector_id}` : one.charger),
    " ",
    element("span", { class: "amperes" }, promised(one)),
    one.sentence === null ? null : element("span", { class: "why" }, one.sentence),
  );
}

const promised = (one) =>
  one.allowed_a < one.promised_a ? `${amperes(one.promised_a)}, to be ${amperes(one.allowed_a)}` : amperes(one.promised_a);

/** 16 A, 6.5 A */
function amperes(value) {
  if (value === null || value === undefined) return DASH;
  return `${Number(value.toFixed(1))} A`;
}
