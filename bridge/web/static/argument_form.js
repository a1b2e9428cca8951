// The arguments of an operation: a text that counts, and fields beside it that write into the text.

import { element } from "/static/dom.js";

const ROWS_AT_MOST = 18;

export class ArgumentForm {
  /** `kind` is an operation of /api/v1/central; `given` are the arguments to begin with. */
  constructor(kind, given, zone) {
    this.zone = zone;
    const names = Object.keys(given);
    // arguments in the words of another version have no fields here
    const fits = names.length === 0 || kind.arguments.some(({ name }) => names.includes(name));
    const simple = fits ? kind.arguments.filter((argument) => argument.kind !== "json") : [];
    this.fields = simple.map((argument) => this.#field(argument));
    this.area = element("textarea", { id: "operation-arguments", spellcheck: "false", autocapitalize: "none", autocomplete: "off", "aria-describedby": "operation-hint" });
    this.hint = element("p", { id: "operation-hint", class: "note" });
    this.area.addEventListener("input", () => this.#fromText());
    this.parts = [
      this.fields.length ? element("div", { class: "fields" }, ...this.fields.map(({ frame }) => frame)) : null,
      element("label", { for: "operation-arguments" }, "Arguments"),
      this.area,
      this.hint,
    ].filter(Boolean);
    this.#write(given);
    this.#fromText();
  }

  get text() {
    return this.area.value;
  }

  /** Put the focus where a value is to be typed over. */
  focusOnValue() {
    const field = this.fields.find(({ argument }) => argument.name === "value");
    const place = /"(attributeValue|value)": "((?:[^"\\]|\\.)*)"/.exec(this.area.value);
    if (field !== undefined && !field.input.disabled) {
      field.input.focus();
      field.input.select?.();
    } else {
      this.area.focus();
      if (place !== null) this.area.setSelectionRange(place.index + place[0].length - 1 - place[2].length, place.index + place[0].length - 1);
    }
  }

  #field(argument) {
    const input = inputFor(argument);
    input.addEventListener(input.tagName === "SELECT" ? "change" : "input", () => this.#fromField(argument, input));
    const name = argument.required ? `${argument.name} *` : argument.name;
    const about = [argument.about, argument.kind === "time" ? `time in ${this.zone.name}` : ""].filter(Boolean).join("; ");
    const frame = element("label", { title: about || null }, element("span", {}, name), input, about ? element("small", {}, about) : null);
    return { argument, input, frame };
  }

  #write(given) {
    this.area.value = JSON.stringify(given, null, 2);
    this.area.rows = Math.min(ROWS_AT_MOST, Math.max(3, this.area.value.split("\n").length + 1));
  }

  #fromText() {
    const given = objectOf(this.area.value);
    const wrong = given === null && this.fields.length > 0;
    this.hint.textContent = given === null ? `No plain JSON: the bridge reads it when it is sent${wrong ? ", and the fields rest" : ""}.` : "";
    for (const { argument, input } of this.fields) {
      const value = given?.[argument.name];
      input.disabled = given === null || (typeof value === "object" && value !== null);
      if (!input.disabled && input !== document.activeElement) input.value = this.#shown(argument, value);
    }
  }

  #fromField(argument, input) {
    const given = objectOf(this.area.value);
    if (given === null) return;
    const value = this.#said(argument, input);
    if (value === undefined) delete given[argument.name];
    else given[argument.name] = value;
    this.#write(given);
  }

  #shown(argument, value) {
    if (value === undefined || value === null) return "";
    if (argument.kind !== "time") return String(value);
    const at = Date.parse(value);
    return Number.isNaN(at) ? "" : new Date(this.zone.toLocal(at)).toISOString().slice(0, 19);
  }

  #said({ kind }, input) {
    const text = input.value;
    if (text === "") return undefined;
    if (kind === "integer" || kind === "number") return Number(text);
    if (kind === "switch") return text === "true";
    if (kind !== "time") return text;
    const local = Date.parse(`${text}Z`);
    return Number.isNaN(local) ? undefined : new Date(this.zone.fromLocal(local)).toISOString().replace(".000Z", "Z");
  }
}

function inputFor({ kind, words }) {
  const options = kind === "switch" ? [["true", "yes"], ["false", "no"]] : kind === "word" ? words.map((word) => [word, word]) : null;
  if (options !== null) {
    return element("select", {}, element("option", { value: "" }, "not said"), ...options.map(([value, word]) => element("option", { value }, word)));
  }
  if (kind === "time") return element("input", { type: "datetime-local", step: 1 });
  if (kind === "integer" || kind === "number") return element("input", { type: "number", step: kind === "integer" ? 1 : "any" });
  return element("input", { type: "text", spellcheck: "false", autocapitalize: "none", autocomplete: "off" });
}

/** The object that a text is in JSON, an empty one for an empty text, null for anything else. */
function objectOf(text) {
  if (text.trim() === "") return {};
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
