/* One message: who says it, its words, where they are from, and room for the customer's thumb (`more/vote.js`).
 *
 * Laws: every word of it is text. A person's message and the assistant's are told apart by a word, not by a colour.
 * What comes later finds its room here, so that nothing moves.
 */
import { el } from "../dom/element.js";
import { linkify } from "../dom/links.js";
import { block } from "./block.js";
import { TIME, date, say } from "../words/words.js";
import { offers } from "./offers.js";
import { sourceButton, sources } from "./sources.js";

export function article(message, chat) {
  const { author, outcome, seq } = message;
  const answered = author === "bot" && outcome === "answer";
  const below = answered ? el("div.by.vote", { "aria-live": "off", "data-seq": seq }) : offers(message, chat);
  const own = author === "customer" && el("p.note.small", { "aria-live": "off" }, el("span"), " ", time(message));
  return el("article." + author, {}, byline(message), body(message), own, sources(message), below);
}

const time = ({ at }) => el("time", { dateTime: at }, date(at, TIME));

function byline(message) {
  const { author } = message;
  if (author === "system") return null;
  if (author === "customer") return el("span.unseen", {}, say("you"));
  const mark = el("span.mark", {}, say(author === "agent" ? "being" : "ai"));
  return el("p.by", {}, mark, el("b", {}, whose(message)), time(message));
}

function whose({ author, name = say("person"), approved_by: approver }) {
  if (author === "agent") return name;
  return approver ? say("approved", { name: approver }) : say("assistant");
}

function body({ text, parts = [], citations = [] }) {
  const many = new Set(citations.map(({ title }) => title)).size > 1;
  let above;
  const drawn = (part) => {
    const { cites = [], more, label } = part;
    const cited = citations.filter(({ n }) => cites.includes(n));
    const title = many && cited.length && cited[0].title;
    const named = title && title !== above && el("h3", {}, title);
    above = title || above;
    const own = label ? { ...part, text: part.text.slice(label.length + 1) } : part;
    return [named, label && el("h3", {}, label), ...block(own, cited.map(mark)), more && behind(more)];
  };
  const behind = (more) => el("details", {}, el("summary.link", {}, say("more")), ...(more.parts || [more]).flatMap(drawn));
  return el("div.text", { dir: "auto" }, ...(parts.length ? parts.flatMap(drawn) : linkify(text)));
}

const mark = (cited) => sourceButton("button.cite", cited, cited.n, { "aria-label": say("source", cited) });
