/* Controls whose words follow the page's language: `data-say` is shown, `data-label` is read out.
 *
 * Law: every control has a name, and `relabel` finds it.
 */
import { say } from "../words/words.js";
import { el } from "./element.js";
import { icon } from "./icons.js";

export const words = (name, key) => el(name, { "data-say": key });

export const button = (name, key, onclick, shape) =>
  el("button" + name, { onclick }, shape && icon(shape), words("span", key));

export const iconButton = (name, key, onclick, shape) =>
  el("button" + name, { onclick, "data-label": key }, icon(shape));

export const submitButton = (node) => Object.assign(node, { type: "submit" });

export function form(name, submitted, ...children) {
  const onsubmit = (event) => {
    event.preventDefault();
    submitted();
  };
  return el("form" + name, { onsubmit }, ...children);
}

export function relabel(root) {
  for (const node of root.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const node of [root, ...root.querySelectorAll("[data-label]")]) {
    node.setAttribute("aria-label", say(node.dataset.label));
    if ("placeholder" in node) node.placeholder = say(node.dataset.label);
  }
}
