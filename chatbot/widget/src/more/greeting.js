/* A sentence of the page's own above the launcher, after so many seconds on pages it is meant for.
 *
 * Laws: once, to somebody who has said nothing yet, and never again in this browser, whatever they do with it. A page that
 * lies in the background does not count.
 */
import { option } from "./kit.js";

const [, SECONDS = "10", PATH = ""] = /^(\d+)?\s*(\/\S*)?/.exec(option["greet"] || "");

export function greet(view) {
  const { chat, bell } = view;
  let seconds = 0;
  const timer = setInterval(() => {
    const { saved, thread } = chat;
    if (saved.hushed || saved.token || thread.last || view.isOpen) return clearInterval(timer);
    seconds = location.pathname.startsWith(PATH) ? seconds + !document.hidden : 0;
    if (seconds < +SECONDS) return;
    chat.sync();
    chat.saved.hushed = 1;
    chat.save();
    clearInterval(timer);
    bell.greeting = { text: option["greeting"], name: option.name || chat.name };
    view.show();
  }, 1000);
}
