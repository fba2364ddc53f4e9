/* The first frame of every socket: who speaks, where, what has been read, and which words are here already.
 *
 * Law: of the page's address only the path is told, and what the page itself gives; a query may hold secrets.
 */
import { option } from "../snippet.js";
import { locale, say } from "../words/words.js";

export function hello(chat) {
  chat.sync();
  const { context, saved, identity, thread } = chat;
  const { conversation, token, agreed } = saved;
  return {
    type: "hello",
    site: option.site,
    locale,
    page: pageOf(context),
    identity,
    agreed,
    words: say("version"),
    ...(token && { conversation, token, last_seq: thread.last }),
  };
}

function pageOf({ page, ...context }) {
  const { href, pathname } = location;
  const url = new URL(page || pathname, /^http/.test(href) ? href : document.baseURI);
  for (const [key, value] of Object.entries(context)) url.searchParams.set(key, value);
  return url.href.slice(0, 500);
}
