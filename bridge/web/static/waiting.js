// Chargers that nobody knows and that ask to come in. An entry stays the same element, so that typing is never disturbed.

import { tell } from "/static/api.js";
import { element, pair } from "/static/dom.js";
import { DASH } from "/static/words.js";

const LONGEST_ID = 48;
const PATTERN = "[a-z0-9][a-z0-9_\\-]{0,47}";

/** The panel of those who wait; hidden while nobody does. */
export class Waiting {
  constructor(panel, { refresh, say }) {
    this.panel = panel;
    this.list = panel.querySelector("ul");
    this.refresh = refresh;
    this.say = say;
    this.entries = new Map();
    this.ids = [];
  }

  /** Show those of an answer of /api/v1/chargers. */
  show(answer, zone) {
    const waiting = answer.waiting ?? [];
    const hadFocus = this.panel.contains(document.activeElement);
    this.ids = answer.chargers.map(({ id }) => id);
    const names = new Set(waiting.map(({ identity }) => identity));
    for (const [identity, entry] of this.entries) {
      if (names.has(identity)) continue;
      entry.frame.remove();
      this.entries.delete(identity);
    }
    for (const card of waiting) {
      if (!this.entries.has(card.identity)) this.#add(card);
      const facts = factsOf(card, Date.parse(answer.now), zone);
      this.entries.get(card.identity).facts.replaceChildren(...facts.map(pair));
    }
    this.panel.hidden = waiting.length === 0;
    if (hadFocus && !this.panel.contains(document.activeElement)) focusAfter(this.panel);
  }

  #add(card) {
    const facts = element("dl", { class: "facts" });
    const trouble = element("p", { class: "error", role: "alert", hidden: true });
    const accept = element("button", { type: "button", class: "main", "aria-label": `Accept ${card.identity}` }, "Accept …");
    const away = element("button", { type: "button", "aria-label": `Turn away ${card.identity}` }, "Turn away");
    const buttons = element("div", { class: "actions" }, accept, away);
    const entry = { facts, trouble, buttons, frame: null };
    const form = this.#form(card, entry, accept);
    accept.addEventListener("click", () => {
      form.frame.hidden = false;
      buttons.hidden = true;
      if (form.name.value === "") form.name.value = propose(card.identity, this.ids);
      form.name.select();
    });
    away.addEventListener("click", () => this.#answer(card, entry, { accept: false }));
    entry.frame = element(
      "li",
      {},
      element("h3", {}, card.identity),
      facts,
      card.has_password ? element("p", { class: "note" }, "It comes with a password, which counts from then on.") : null,
      card.has_password || card.is_encrypted
        ? null
        : element("p", { class: "note" }, "It comes without a password: anybody in its network could pretend to be it."),
      trouble,
      buttons,
      form.frame,
    );
    this.entries.set(card.identity, entry);
    this.list.append(entry.frame);
  }

  #form(card, entry, opener) {
    const name = element("input", { required: true, pattern: PATTERN, maxlength: LONGEST_ID, spellcheck: "false", autocapitalize: "none", autocomplete: "off" });
    const cancel = element("button", { type: "button" }, "Cancel");
    const frame = element(
      "form",
      { class: "accept", hidden: true },
      element("label", {}, "Its name here, which stays for ever", name),
      element("p", { class: "note" }, "Lower-case letters, digits, - and _."),
      element("div", { class: "actions" }, element("button", { type: "submit", class: "main" }, "Accept"), cancel),
    );
    cancel.addEventListener("click", () => {
      frame.hidden = true;
      entry.buttons.hidden = false;
      opener.focus();
    });
    frame.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#answer(card, entry, { accept: true, charger: name.value });
    });
    return { frame, name };
  }

  async #answer(card, entry, wish) {
    const buttons = [...entry.frame.querySelectorAll("button")];
    buttons.forEach((button) => (button.disabled = true));
    entry.trouble.hidden = true;
    try {
      await tell(`/api/v1/central/waiting/${encodeURIComponent(card.identity)}`, {}, wish);
      this.say(wish.accept ? `${card.identity} is now ${wish.charger}.` : `${card.identity} was turned away.`);
      await this.refresh();
    } catch (error) {
      entry.trouble.textContent = error.message;
      entry.trouble.hidden = false;
    }
    buttons.forEach((button) => (button.disabled = false));
  }
}

/** A charger's id made from an identity: what is allowed of it, in lower case, and not taken. */
export function propose(identity, taken) {
  const allowed = identity.toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^[^a-z0-9]+|-+$/g, "").slice(0, LONGEST_ID) || "charger";
  for (let number = 1; ; number++) {
    const ending = number === 1 ? "" : `-${number}`;
    const name = `${allowed.slice(0, LONGEST_ID - ending.length)}${ending}`;
    if (!taken.includes(name)) return name;
  }
}

function factsOf(card, now, zone) {
  const at = (text) => zone.moment(Date.parse(text), now);
  const facts = [
    ["Maker", card.vendor_name ?? DASH],
    ["Model", card.model ?? DASH],
    ["Serial no.", card.serial_number ?? DASH],
    ["From", card.address],
    ["Asks since", at(card.first_at)],
    ["Last", at(card.last_at)],
    ["Line", card.is_encrypted ? "encrypted" : "not encrypted"],
  ];
  return card.version ? [...facts, ["OCPP", card.version]] : facts;
}

/** Where the focus goes when the entry that had it is gone. */
function focusAfter(panel) {
  const next = panel.hidden ? document.querySelector(".card h3") : panel.querySelector("h2");
  next?.setAttribute("tabindex", "-1");
  next?.focus({ preventScroll: true });
}
