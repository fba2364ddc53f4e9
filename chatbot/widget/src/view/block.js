/* What an answer shows is drawn as what it is in its article: steps, a list, a table.
 *
 * Law: an item and a cell are text like every other; what has no shape of its own is a paragraph.
 */
import { el } from "../dom/element.js";
import { linkNumbers, linked } from "../dom/links.js";

export function block(part, marks) {
  const { kind, lead, items, rows, start, links = [] } = part;
  const left = [...links];
  const node = (name, props, words) => el(name, props, ...linked(words, left));
  if (!rows && !items) return [el("p", {}, ...linkNumbers(part.text, part.calls || [], left), ...marks)];
  const opening = lead && node("p", {}, lead);
  if (rows) return [opening, table(rows, node), ...marks];
  const drawn = el(...(kind === "steps" ? ["ol", { start }] : ["ul", {}]), ...items.map((item) => node("li", {}, item)));
  drawn.lastChild.append(...marks);
  return [opening, drawn];
}

/** It scrolls by itself where it is wider than the window, by keyboard too. */
function table([head, ...rows], node) {
  const line = (name, props, cells) => el("tr", {}, ...cells.map((cell) => node(name, props, cell)));
  return el("div.wide", { tabIndex: 0, role: "group" },
    el("table", {}, el("thead", {}, line("th", { scope: "col" }, head)), el("tbody", {}, ...rows.map((row) => line("td", {}, row)))));
}
