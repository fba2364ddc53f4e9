/* Links.
 *
 * Laws: an address from outside leads to http, https, a mail or a number to call; no `javascript:` from any source. What
 * is written out in a text can be pressed, and its words stay as they are.
 */
import { el } from "./element.js";

/** What begins otherwise, "java\nscript:" too, is no link. */
export const safeLink = (url) => /^(https?:|mailto:|tel:|\/)/i.test(url) && url;

export function anchor(text, url) {
  const href = safeLink(url);
  const target = /^[mt]/i.test(href) ? "" : "_blank";
  return href ? el("a.link", { href, rel: "noopener noreferrer", target }, text) : text;
}

const dial = (number) => anchor(number, "tel:" + number.replace(/[^\d+]/g, ""));

/* What would run is passed over whole. Then pages, without what the sentence puts after them (a full stop, a bracket that
 * nothing in them opens); mail addresses; numbers of nine digits and more, in groups, that begin with + or 0: an order's
 * number or a date is none. */
const WRITTEN = new RegExp([
  /(?:javascript|data|vbscript):\S+/,
  /(https?:\/\/(?:\([^\s<>"()]*\)|[^\s<>"()])*(?:\([^\s<>"()]*\)|[^\s<>"().,;:!?'*\u00bb\u2019\u201d\u2026]))/,
  /(?<![\w.+-])([\w.+-]+@[\w-]+(?:\.[\w-]+)+)/,
  /(?<![\w+/.-])(\+\d(?:[ ()./\xa0-]{0,2}\d){7,14}|(?!\d\d[/-]\d\d[/-])(?=(?:[ ()/-]*\d){9})\(?0\d{1,5}\)?(?:[ /-]\d{2,8}){1,4})(?![\w-])/,
].map((each) => each.source).join("|"), "gi");

/** A text with the addresses and numbers that are written out in it as links. */
export function linkify(text) {
  const nodes = [];
  let last = 0;
  for (const { 0: words, 1: page, 2: mail, 3: number, index } of text.matchAll(WRITTEN)) {
    const link = number ? dial(words) : anchor(words, mail ? "mailto:" + mail : page);
    nodes.push(text.slice(last, index), link);
    last = index + words.length;
  }
  return [...nodes, text.slice(last)];
}

/** A text with its links, which are taken from the front of `links` as they are found. */
export function linked(text, links) {
  const nodes = [];
  while (links[0]) {
    const { text: words, url } = links[0];
    const at = text.indexOf(words);
    if (at < 0) break;
    nodes.push(...linkify(text.slice(0, at)), anchor(words, url));
    text = text.slice(at + words.length);
    links.shift();
  }
  return [...nodes, ...linkify(text)];
}

/** A text with its numbers to call as links too, "116 112" before "112"; its words stay as they are. */
export function linkNumbers(text, calls, links) {
  const [number, ...rest] = calls.sort((a, b) => b.length - a.length);
  if (!number) return linked(text, links);
  return text.split(number).flatMap((piece, n) => [n ? dial(number) : "", ...linkNumbers(piece, rest, links)]);
}
