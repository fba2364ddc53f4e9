/* The second file, `/w/more.js`: what a first answer does not need, fetched once it is wanted.
 *
 * Laws: it comes from where this file came from, and is held to the digest that came with this file: another build's
 * would not fit. What it needs of this file is lent to it on the element that loads it. What does not load is tried
 * again, and nothing is in it that a first answer needs, nor the way to a person, nor what says that one was asked.
 */
/* global __MORE__ */
import { isOlder } from "./chat/clock.js";
import { frames } from "./chat/frames.js";
import { newId } from "./chat/token.js";
import { button, form, iconButton, submitButton, words } from "./dom/controls.js";
import { el, setText } from "./dom/element.js";
import { SHAPES, icon } from "./dom/icons.js";
import { safeLink } from "./dom/links.js";
import { nonce, option, serverAddress } from "./snippet.js";
import { sheet } from "./style/theme.js";
import { MAX_TEXT } from "./view/composer.js";
import { back, people, wait } from "./view/outlook.js";
import { TIME, bring, date, day, say } from "./words/words.js";

const kit = { MAX_TEXT, SHAPES, TIME, back, bring, button, date, day, el, form, frames, icon, iconButton, isOlder, newId, option, people, safeLink, say, serverAddress, setText, sheet, submitButton, wait, words };
let loading, policy;

/** An address of a script, as pages that demand trusted ones take it. */
function trusted(url) {
  try {
    policy = policy || window.trustedTypes.createPolicy("handrail", { createScriptURL: String });
    return policy.createScriptURL(url);
  } catch {
    return url; // no such thing in this browser, or the page lets nobody name a policy so
  }
}

/** `then`, once it is there; without it nothing is said of a failure. */
export function more(view, then) {
  loading = loading || new Promise((onload, fail) => {
    const script = document.createElement("script");
    const then = (settle) => () => settle(script.remove()); // a copy of the page must not ask for it again
    const onerror = () => fail(setTimeout(() => (loading = 0), 9000)); // once, or it would be fetched again when it is there
    Object.assign(script, { onload: then(onload), onerror: then(onerror), kit, view, nonce, crossOrigin: "", integrity: __MORE__, src: trusted(serverAddress("/w/more.js")) });
    document.head.append(script);
  });
  loading.then(then, () => then && view.chat.notify(say("stale")));
}

/** What cannot wait for somebody to press something. */
export const wanted = ({ saved, identity, thread, awaiting, state, unread, link }) =>
  option["greeting"] || option["consent"] || identity || saved.past || state !== "bot" || unread[0] || link.tries > 1 || (thread.last > 1 && !awaiting.size);
