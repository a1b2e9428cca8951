// A charger's device model to look through: component, variable, and what each of its attributes says.

import { element } from "/static/dom.js";
import { searchable } from "/static/search.js";
import { DASH } from "/static/words.js";

const OPEN_AT_MOST = 3;

/**
 * The variables in an answer, one entry per attribute: the parts of a report, or the results of GetVariables; null
 * where it tells of no attributes.
 */
export function reportOf(answer) {
  const parts = Array.isArray(answer.reportData) ? answer.reportData : null;
  const results = Array.isArray(answer.getVariableResult) ? answer.getVariableResult : null;
  if (parts === null && results === null) return null;
  const all = [...(parts ?? []).flatMap(fromReport), ...(results ?? []).map(fromResult)];
  const found = all.filter(({ component, variable }) => component?.name && variable?.name);
  // a report of something else, such as of monitors
  return found.length === 0 && parts?.length ? null : found;
}

function fromReport(part) {
  const attributes = Array.isArray(part?.variableAttribute) ? part.variableAttribute : [];
  const traits = part?.variableCharacteristics ?? {};
  return attributes.map((attribute) => ({
    component: part.component,
    variable: part.variable,
    type: attribute?.type ?? "Actual",
    value: attribute?.value ?? null,
    mutability: attribute?.mutability ?? "ReadWrite",
    traits,
    trouble: null,
  }));
}

function fromResult(result) {
  const good = result?.attributeStatus === "Accepted";
  return {
    component: result?.component,
    variable: result?.variable,
    type: result?.attributeType ?? "Actual",
    value: result?.attributeValue ?? null,
    mutability: good ? null : "ReadOnly",
    traits: {},
    trouble: good ? null : String(result?.attributeStatus),
  };
}

/** The tree with its search; «Set» leads to SetVariables. */
export function report(entries, { lead }) {
  const tree = element("div", { class: "tree" });
  return searchable("Search components, variables and values", sorted(entries), {
    text: (entry) => `${componentName(entry.component)} ${variableName(entry)} ${entry.value ?? ""} ${entry.traits.unit ?? ""}`,
    show: (found, wanted) => tree.replaceChildren(...components(found, wanted, lead)),
    frame: tree,
  });
}

function components(found, wanted, lead) {
  const groups = new Map();
  for (const entry of found) {
    const name = componentName(entry.component);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(entry);
  }
  const open = wanted || groups.size <= OPEN_AT_MOST;
  return [...groups].map(([name, entries]) => component(name, entries, open, lead));
}

/** A component; its variables are made when it is first opened, because a charger has thousands of them. */
function component(name, entries, open, lead) {
  const made = element("details", {}, element("summary", {}, name, element("span", { class: "count" }, ` ${entries.length}`)));
  const fill = () => {
    if (made.open && made.children.length === 1) made.append(element("ul", {}, ...entries.map((entry) => variable(entry, lead))));
  };
  made.addEventListener("toggle", fill);
  made.open = open;
  fill();
  return made;
}

function variable(entry, lead) {
  const { value, traits, mutability, trouble } = entry;
  const isSecret = mutability === "WriteOnly";
  const shown = trouble ?? (isSecret ? "not shown" : value === null || value === "" ? DASH : String(value));
  const unit = traits.unit && value !== null && trouble === null ? ` ${traits.unit}` : "";
  return element(
    "li",
    {},
    element("span", { class: "name" }, variableName(entry)),
    element("span", { class: trouble || isSecret || value === null || value === "" ? "value none" : "value" }, `${shown}${unit}`),
    element("small", {}, about(entry)),
    mutability === "ReadOnly" ? element("span", { class: "flag" }, "read only") : setButton(entry, lead),
  );
}

function about({ traits, mutability }) {
  const range = [traits.minLimit, traits.maxLimit].some((limit) => limit !== undefined && limit !== null)
    ? `${traits.minLimit ?? "…"} to ${traits.maxLimit ?? "…"}`
    : null;
  return [traits.dataType, range, traits.valuesList, mutability === "WriteOnly" ? "write only" : null].filter(Boolean).join(" · ");
}

function setButton(entry, lead) {
  const button = element("button", { type: "button", "aria-label": `Set ${variableName(entry)} of ${componentName(entry.component)}` }, "Set …");
  button.addEventListener("click", () => {
    const { component, variable, type, value } = entry;
    const attribute = type === "Actual" ? {} : { attributeType: type };
    lead("SetVariables", { setVariableData: [{ component, variable, ...attribute, attributeValue: String(value ?? "") }] });
  });
  return button;
}

function componentName({ name, instance, evse }) {
  const place = evse?.id === undefined ? null : `EVSE ${evse.id}${evse.connectorId === undefined ? "" : `, connector ${evse.connectorId}`}`;
  return [name, instance, place].filter(Boolean).join(" · ");
}

function variableName({ variable: { name, instance }, type }) {
  return [instance ? `${name} [${instance}]` : name, type === "Actual" ? null : type].filter(Boolean).join(" · ");
}

function sorted(entries) {
  const order = new Intl.Collator("en", { numeric: true });
  const named = entries.map((entry) => [`${componentName(entry.component)}\n${variableName(entry)}`, entry]);
  return named.sort(([a], [b]) => order.compare(a, b)).map(([, entry]) => entry);
}
