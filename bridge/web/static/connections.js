// Chargers that connect by themselves: how the connection stands, what they told, and the way to their operations.

import { element, pair } from "/static/dom.js";
import { DASH, SECURITY, duration } from "/static/words.js";

const CLOCK_S = 2;

/** Draws the connections of cards, and opens the operations. */
export class Connections {
  /** `refresh` asks for the cards again, `say` takes what a screen reader should hear. */
  constructor({ refresh, say }) {
    this.refresh = refresh;
    this.say = say;
    this.open = null;
    this.trouble = new Map();
  }

  /** The part of a charger's card; null for a charger that is asked and does not connect by itself. */
  section(charger, now, zone) {
    const station = charger.station;
    if (station === null) return null;
    const title = `connection-${charger.id}`;
    return element(
      "section",
      { class: "stations connection", "aria-labelledby": title },
      element("h4", { id: title, class: "quiet-title" }, `OCPP connection of ${charger.id}`),
      element(
        "div",
        { class: `station tone-${station.is_connected ? "go" : "wait"}` },
        element(
          "div",
          { class: "station-head" },
          element("h5", {}, station.identity),
          element("span", { class: "role" }, connectionLine(station)),
          element("span", { class: "badge" }, station.is_connected ? "Connected" : "Not connected"),
        ),
        element("dl", { class: "facts" }, ...connectionFacts(station, now, zone).map(pair)),
        station.error ? element("p", { class: "error" }, station.error) : null,
        remarkList(station.remarks, now, zone),
        this.trouble.has(charger.id) ? element("p", { class: "error" }, this.trouble.get(charger.id)) : null,
        this.#button(charger, zone),
      ),
    );
  }

  #button(charger, zone) {
    const made = element(
      "button",
      { type: "button", class: "operate", "aria-haspopup": "dialog", "data-focus": focusName(charger.id), "aria-label": `Operations of ${charger.id}` },
      "Operations …",
    );
    made.addEventListener("click", () => this.#operate(charger.id, zone));
    return made;
  }

  async #operate(charger, zone) {
    if (this.open !== null) return;
    this.open = charger;
    this.trouble.delete(charger);
    try {
      // most visits never need it
      const { operate } = await import("/static/operations.js");
      await operate(charger, zone);
    } catch (error) {
      const message = error instanceof TypeError ? "The bridge does not answer." : error.message;
      this.trouble.set(charger, message);
      this.say(message);
    }
    this.open = null;
    await this.refresh();
    document.querySelector(`[data-focus="${CSS.escape(focusName(charger))}"]`)?.focus({ preventScroll: true });
  }
}

/** The newest remarks as a list, null for none. */
export function remarkList(remarks, now, zone) {
  if (remarks.length === 0) return null;
  const line = ({ at, text }) =>
    element("li", {}, element("time", { datetime: at }, zone.moment(Date.parse(at), now)), ` ${DASH} ${text}`);
  return element("ul", { class: "remarks", "aria-label": "What it told last" }, ...remarks.map(line));
}

/** Version and address of a connection, as far as there is one. */
export function connectionLine(station) {
  const parts = [station.version ? `OCPP ${station.version}` : null, station.address ? `from ${station.address}` : null];
  return parts.filter(Boolean).join(" ");
}

function connectionFacts(station, now, zone) {
  const facts = [];
  const ago = (text) => `${duration((now - Date.parse(text)) / 1000)} ago`;
  if (station.last_message_at) facts.push(["Last message", ago(station.last_message_at)]);
  if (station.heartbeat_at) facts.push(["Heartbeat", ago(station.heartbeat_at)]);
  if (station.since) facts.push(["Since", zone.moment(Date.parse(station.since), now)]);
  facts.push(["Security", SECURITY[station.security_profile] ?? `profile ${station.security_profile}`]);
  const offset = station.clock_offset_s;
  if (offset !== null && Math.abs(offset) > CLOCK_S) {
    facts.push(["Its clock", `${duration(Math.abs(offset))} ${offset > 0 ? "ahead" : "behind"}`]);
  }
  return facts;
}

const focusName = (charger) => `operations ${charger}`;
