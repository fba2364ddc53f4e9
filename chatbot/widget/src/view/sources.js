/* Where an answer is from: numbers in its text and titles below it open the exact words.
 *
 * Law: a quote stands on the page as it was published, with its date; its link leads to a page and nothing else.
 */
import { el } from "../dom/element.js";
import { anchor, safeLink } from "../dom/links.js";
import { date, say } from "../words/words.js";

export function sources({ citations = [], generated }) {
  if (!citations.length) return null;
  const key = /quote|tool/.test(generated) ? generated : "sources";
  const chips = articles(citations).map((each) => sourceButton("button.chip", each, each.n + " · " + each.title));
  return el("div.row", { "aria-live": "off" }, el("span.small", {}, say(key)), ...chips);
}

/** Each article once, however often it is quoted; the numbers in the text open the rest. */
const articles = (citations) => [...new Map([...citations].reverse().map((each) => [each.title + each.url, each])).values()].reverse();

export function sourceButton(name, citation, text, props) {
  const onclick = ({ currentTarget }) => toggle(currentTarget.closest("article"), citation);
  return el(name, { ...props, "data-n": citation.n, "aria-expanded": "false", onclick }, String(text));
}

/** Any of its buttons closes it. */
function toggle(article, citation) {
  const n = String(citation.n);
  const open = article.querySelector("figure");
  const wanted = !open || open.dataset.n !== n;
  if (open) open.remove();
  for (const button of article.querySelectorAll("[data-n]")) {
    button.setAttribute("aria-expanded", String(wanted && button.dataset.n === n));
  }
  if (wanted) expand(article, citation);
}

function expand(article, citation) {
  const { n, title, quote } = citation;
  const figure = el("figure.quote.card", { "data-n": n },
    el("h3", { dir: "auto" }, title),
    el("blockquote.text", { dir: "auto" }, quote),
    caption(citation));
  article.querySelector(".row").append(figure);
  figure.scrollIntoView({ block: "nearest" });
}

/** What has no page was looked up just now, so its time counts too. */
function caption({ url, updated }) {
  const href = safeLink(url);
  const format = { dateStyle: "long", timeStyle: href ? undefined : "short" };
  return el("figcaption.small", {},
    updated && el("time", { dateTime: updated }, say("updated", { date: date(updated, format) })),
    href && anchor(say("page"), url));
}
