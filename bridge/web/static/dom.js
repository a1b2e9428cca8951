// Building the page from text only: nothing that a charger says is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element; `attributes` with a null or false value are left out, children may be null. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Make an icon out of the symbols in index.html. */
export function icon(name) {
  const made = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  made.append(use);
  return made;
}

/** Make a part of a drawing. */
export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Make one term of a list of facts, and what it is. */
export const pair = ([term, value]) => element("div", {}, element("dt", {}, term), element("dd", {}, value));

export const byId = (id) => document.getElementById(id);
