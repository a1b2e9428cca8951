// What can be asked of a charger that speaks OCPP: choose, fill in, send, and read the answer. Loaded when first opened.

import { ask, tell } from "/static/api.js";
import { ArgumentForm } from "/static/argument_form.js";
import { connectionLine, remarkList } from "/static/connections.js";
import { element } from "/static/dom.js";
import { outcome } from "/static/outcome.js";
import { OUTCOMES } from "/static/words.js";

const LIMIT_MS = 300_000;
const KEPT_ANSWERS = 5;
const ANSWER_PADDING_PX = 30;

/** Open the operations of a charger; resolves when they are closed again. */
export async function operate(charger, zone) {
  const answer = await ask("/api/v1/central");
  const station = answer.stations.find((one) => one.charger === charger);
  if (station === undefined || answer.operations.length === 0) throw new Error(`${charger} does not connect by itself.`);
  const panel = new OperationsPanel(station, answer.operations, zone);
  document.body.append(panel.dialog);
  panel.dialog.showModal();
  await new Promise((resolve) => panel.dialog.addEventListener("close", resolve, { once: true }));
  panel.dialog.remove();
}

class OperationsPanel {
  constructor(station, operations, zone) {
    this.charger = station.charger;
    this.operations = operations;
    this.zone = zone;
    this.form = null;
    this.choice = element("select", { id: "operation", autofocus: true }, ...operations.map(({ name }) => element("option", { value: name }, name)));
    this.about = element("p", { id: "operation-about" });
    this.place = element("div", { class: "arguments" });
    this.send = element("button", { type: "submit", class: "main" }, "Send");
    this.fresh = element("button", { type: "button" }, "Back to the sample");
    this.sure = element("div", { class: "sure", role: "group", "aria-labelledby": "sure-question", hidden: true });
    this.status = element("p", { class: "status", role: "status" });
    this.answers = element("div", { class: "answers" });
    this.dialog = this.#dialog(station);
    this.choose(operations[0].name);
  }

  #dialog(station) {
    const close = element("button", { type: "button" }, "Close");
    const work = element(
      "form",
      {},
      element("label", { for: "operation" }, "Operation"),
      this.choice,
      this.about,
      this.place,
      element("div", { class: "actions" }, this.send, this.fresh),
      this.sure,
    );
    const made = element(
      "dialog",
      { class: "operations", "aria-labelledby": "operations-title" },
      element("div", { class: "operations-head" }, element("h2", { id: "operations-title" }, `Operations of ${this.charger}`), close),
      element("p", { class: "note" }, [station.identity, connectionLine(station) || "not connected"].join(" · ")),
      work,
      this.status,
      this.answers,
      told(station, this.zone),
    );
    close.addEventListener("click", () => made.close());
    this.choice.addEventListener("change", () => this.choose(this.choice.value));
    this.fresh.addEventListener("click", () => this.choose(this.choice.value));
    work.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#wish();
    });
    return made;
  }

  /** Show an operation, by its name or what another version calls it, with its sample or with these arguments. */
  choose(name, given = null) {
    const kind = this.operations.find((one) => one.name === name || one.aliases.includes(name));
    if (kind === undefined) return;
    this.choice.value = kind.name;
    const elsewhere = kind.aliases.length ? ` Also called ${kind.aliases.join(", ")}.` : "";
    this.about.textContent = `${kind.about}${elsewhere}`;
    this.kind = kind;
    this.form = new ArgumentForm(kind, given ?? kind.sample, this.zone);
    this.place.replaceChildren(...this.form.parts);
    this.sure.hidden = true;
    if (given === null) return;
    this.dialog.scrollTo({ top: 0 });
    this.form.focusOnValue();
  }

  #wish() {
    if (this.send.disabled) return;
    if (!this.kind.is_risky) {
      this.#send();
      return;
    }
    const yes = element("button", { type: "button", class: "danger" }, "Yes, send it");
    const no = element("button", { type: "button" }, "No");
    const end = () => {
      this.sure.hidden = true;
      this.send.focus();
    };
    yes.addEventListener("click", () => {
      end();
      this.#send();
    });
    no.addEventListener("click", end);
    const question = `Really send ${this.kind.name} to ${this.charger}?`;
    this.sure.replaceChildren(element("p", { id: "sure-question" }, question), element("div", { class: "actions" }, yes, no));
    this.sure.hidden = false;
    // a second Enter must not be a yes
    no.focus();
  }

  async #send() {
    const { name } = this.kind;
    this.send.disabled = true;
    this.status.className = "status";
    this.status.textContent = `Sending ${name} …`;
    const path = `/api/v1/central/${encodeURIComponent(this.charger)}/${encodeURIComponent(name)}`;
    try {
      const result = await tell(path, {}, this.form.text, LIMIT_MS);
      const [word] = OUTCOMES[result.outcome] ?? [result.outcome];
      this.status.textContent = `${result.operation}: ${word}.`;
      const view = { zone: this.zone, lead: (operation, given) => this.choose(operation, given) };
      this.answers.prepend(outcome(result, { ...view, width: this.answers.clientWidth - ANSWER_PADDING_PX }));
      [...this.answers.children].slice(KEPT_ANSWERS).forEach((old) => old.remove());
    } catch (error) {
      this.status.className = "status error";
      this.status.textContent = error.message;
    }
    this.send.disabled = false;
  }
}

function told(station, zone) {
  const list = remarkList(station.remarks, Date.now(), zone);
  return list === null ? null : element("details", { class: "told" }, element("summary", {}, "What it told last"), list);
}
