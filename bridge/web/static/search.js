// A search over many entries that shows some of them at a time.

import { element } from "/static/dom.js";

const SHOWN = 200;

/** A search field over `frame`; `text` tells what an entry is found by, `show(found, wanted)` draws those found. */
export function searchable(label, entries, { text, show, frame }) {
  const field = element("input", { type: "search", placeholder: label, "aria-label": label, spellcheck: "false", autocapitalize: "none" });
  const count = element("p", { class: "note", role: "status" });
  const texts = entries.map((entry) => text(entry).toLowerCase());
  const look = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = entries.filter((_, index) => words.every((word) => texts[index].includes(word)));
    const more = found.length > SHOWN ? `; the first ${SHOWN} are shown` : "";
    count.textContent = words.length ? `${found.length} of ${entries.length}${more}` : `${entries.length} in all${more}`;
    show(found.slice(0, SHOWN), words.length > 0);
  };
  field.addEventListener("input", look);
  look();
  return element("div", { class: "searchable" }, element("div", { class: "search" }, field, count), frame);
}
