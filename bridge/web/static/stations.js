// A charger's central systems: how each is reached, what waits for it, and what it refused.

import { ask, tell } from "/static/api.js";
import { element, pair } from "/static/dom.js";
import { DASH, STATIONS } from "/static/words.js";

const SHOWN_LETTERS = 5;
const CLOCK_S = 2;
const TITLE_AT_MOST = 600;

/** Draws the stations of cards, and knows the refused messages of those that have some. */
export class Stations {
  /** `draw` draws the cards again, `refresh` asks for them first, `say` takes what a screen reader should hear. */
  constructor({ draw, refresh, say }) {
    this.draw = draw;
    this.refresh = refresh;
    this.say = say;
    this.kept = new Map();
  }

  /** The part of a charger's card; null for a charger without a central system. */
  section(charger, now, zone) {
    if (charger.uplinks.length === 0) return null;
    const title = `stations-${charger.id}`;
    return element(
      "section",
      { class: "stations", "aria-labelledby": title },
      element("h4", { id: title, class: "quiet-title" }, `Central systems of ${charger.id}`),
      ...charger.uplinks.map((uplink) => this.#station(uplink, now, zone)),
    );
  }

  #station(uplink, now, zone) {
    const [word, tone] = STATIONS[uplink.state] ?? [uplink.state, "off"];
    const since = uplink.since ? `${word} since ${zone.moment(Date.parse(uplink.since), now)}` : null;
    const facts = stationFacts(uplink);
    return element(
      "div",
      { class: `station tone-${tone}` },
      element(
        "div",
        { class: "station-head" },
        element("h5", { title: uplink.url, tabindex: -1, "data-focus": key(uplink) }, uplink.csms),
        element("span", { class: "role" }, uplink.control ? "may command" : "reports only"),
        element("span", { class: "badge", title: since }, word),
      ),
      facts.length ? element("dl", { class: "facts" }, ...facts.map(pair)) : null,
      uplink.error ? element("p", { class: "error" }, uplink.error) : null,
      this.#letters(uplink, now, zone),
    );
  }

  #letters(uplink, now, zone) {
    const known = this.kept.get(key(uplink));
    if (uplink.dead_letters === 0) {
      this.kept.delete(key(uplink));
      return null;
    }
    // A question that failed is put again with the next answer for the cards, not with every drawing of this one.
    if (known?.count !== uplink.dead_letters && known?.failed !== now) this.#load(uplink, now);
    const many = uplink.dead_letters === 1 ? "1 message was refused" : `${uplink.dead_letters} messages were refused`;
    const letters = known?.letters ?? [];
    const more = letters.length - SHOWN_LETTERS;
    return element(
      "div",
      { class: "letters" },
      element("p", { class: "letters-title" }, `${many} for good:`),
      known?.trouble ? element("p", { class: "error" }, known.trouble) : null,
      letters.length
        ? element("ul", {}, ...letters.slice(0, SHOWN_LETTERS).map((letter) => this.#letter(uplink, letter, now, zone)))
        : null,
      more > 0 ? element("p", { class: "note" }, `and ${more} more`) : null,
    );
  }

  #letter(uplink, letter, now, zone) {
    const what = letter.action ?? "Message";
    const at = zone.moment(Date.parse(letter.at), now);
    const id = `${key(uplink)} ${letter.number}`;
    const busy = this.kept.get(key(uplink)).busy === letter.number;
    const button = element(
      "button",
      { type: "button", disabled: busy, "data-focus": id, "aria-label": `Try again: ${what} of ${at} to ${uplink.csms}` },
      busy ? "Trying …" : "Try again",
    );
    button.addEventListener("click", () => this.#replay(uplink, letter, what));
    return element(
      "li",
      {},
      element("p", { title: JSON.stringify(letter.message)?.slice(0, TITLE_AT_MOST) }, element("strong", {}, what), ` ${at} ${DASH} ${letter.reason}`),
      button,
    );
  }

  /** Ask for the refused messages; at most one question per station at a time. */
  async #load(uplink, now) {
    const known = this.#entry(uplink);
    if (known.loading) return;
    known.loading = true;
    try {
      const { result } = await ask(address(uplink, "dead_letters"), { csms: uplink.csms });
      known.letters = result;
      known.count = uplink.dead_letters;
      known.trouble = null;
    } catch (error) {
      known.trouble = error.message;
      known.failed = now;
    }
    known.loading = false;
    this.draw();
  }

  async #replay(uplink, letter, what) {
    const known = this.#entry(uplink);
    known.busy = letter.number;
    known.trouble = null;
    this.draw();
    try {
      const { result } = await tell(address(uplink, "replay"), { csms: uplink.csms }, { number: letter.number });
      if (result) {
        known.letters = known.letters.filter(({ number }) => number !== letter.number);
        this.say(`${what} is told to ${uplink.csms} again.`);
      } else {
        known.trouble = `${what} cannot be told again: it is gone, or what it belongs to is over.`;
        this.say(known.trouble);
      }
    } catch (error) {
      known.trouble = error.message;
      this.say(error.message);
    }
    known.busy = null;
    await this.refresh();
    focusNext(`${key(uplink)} ${letter.number}`, key(uplink));
  }

  #entry(uplink) {
    if (!this.kept.has(key(uplink))) {
      this.kept.set(key(uplink), { count: 0, letters: [], trouble: null, busy: null, loading: false, failed: null });
    }
    return this.kept.get(key(uplink));
  }
}

/** Put the focus, which a redrawn button may have lost, on the button itself or on the name of its station. */
function focusNext(button, station) {
  if (document.activeElement !== document.body) return;
  const found = [button, station].map((name) => document.querySelector(`[data-focus="${CSS.escape(name)}"]`)).find(Boolean);
  found?.focus({ preventScroll: true });
}

/** What a station's line tells besides its state: terms and values. */
export function stationFacts(uplink) {
  const facts = [];
  // before a central system has said something, the version is what would be offered first
  if (uplink.last_message_at) facts.push(["OCPP", uplink.version]);
  if (uplink.waiting) facts.push(["Waiting", String(uplink.waiting)]);
  if (uplink.open_transactions) facts.push(["Open transactions", String(uplink.open_transactions)]);
  if (uplink.limit_a !== null) facts.push(["Limit", uplink.limit_a === 0 ? "0 A (paused)" : `${Number(uplink.limit_a.toFixed(1))} A`]);
  if (typeof uplink.cost === "number") {
    // A bare amount: OCPP does not say in which currency.
    facts.push([uplink.open_transactions ? "Cost so far, as it says" : "Last cost, as it says", uplink.cost.toFixed(2)]);
  }
  const offset = uplink.clock_offset_s;
  if (offset !== null && Math.abs(offset) > CLOCK_S) {
    facts.push(["Its clock", `${Math.abs(offset).toFixed(0)} s ${offset > 0 ? "ahead" : "behind"}`]);
  }
  return facts;
}

const key = (uplink) => `${uplink.charger} ${uplink.csms}`;
const address = (uplink, what) => `/api/v1/ocpp/${encodeURIComponent(uplink.charger)}/${what}`;
