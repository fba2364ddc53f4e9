/* The widget begins: one on a page, whatever the page loads twice or swaps in by script.
 *
 * Laws of the whole: words from outside enter the page as text, never as markup. What a customer has sent is kept until
 * it is acknowledged. "Talk to a human" is never disabled and never hidden. A host page's policy may allow this script
 * and its socket only: no inline style, image, font or other request.
 */
import { Chat } from "./chat/chat.js";
import { commands, emit } from "./page.js";
import { option } from "./snippet.js";
import { View } from "./view/view.js";

function begin() {
  const earlier = window.Handrail;
  if (earlier && earlier.version) return earlier.attach();
  if (!option.site) return console.error("Handrail: the snippet names no site.");
  const chat = new Chat(emit);
  const view = (chat.view = new View(chat));
  const api = (window.Handrail = commands(chat, view));
  api.attach();
  view.relabel();
  view.clear();
  if (Array.isArray(earlier)) api.push(...earlier);
  resume(chat, view);
}

function resume(chat, view) {
  const { saved, outbox, tab } = chat;
  if (tab.draft) view.composer.fill(tab.draft);
  if (option["link"] || option.full) view.open();
  else if (tab.open || option["inline"]) view.expand(true);
  else if (saved.token || outbox.asks.length || outbox.wantsHuman) chat.start();
}

if (document.body) begin();
else addEventListener("DOMContentLoaded", begin);
