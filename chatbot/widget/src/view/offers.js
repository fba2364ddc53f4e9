/* Sections to choose from, where the assistant is not sure.
 *
 * Law: one press chooses, once. What the customer says next closes them, whatever it is.
 */
import { el } from "../dom/element.js";
import { say } from "../words/words.js";

export function offers({ offers = [] }, chat) {
  if (!offers.length) return null;
  const choose = (text, offer) => {
    chat.ask(text, offer);
    chat.view.scroll.node.focus(); // the button that had it is closed
  };
  const drawn = offers.map(({ id, title, heading }) =>
    el("button.offer", { onclick: () => choose(heading ? title + ": " + heading : title, id) },
      el("b", {}, title), heading && el("span.small", {}, heading)));
  const none = say("none");
  return el("div.offers", { role: "group", "aria-label": say("suggestions"), dir: "auto" },
    ...drawn, el("button.pill", { onclick: () => choose(none, null) }, none));
}

export function closeOffers(log) {
  for (const button of log.querySelectorAll(".offers button")) button.disabled = true;
}
