/* The messages, with a line where another day begins, and how far the customer's own last one has come.
 *
 * Laws: the log is only appended to, each message once, so that it is read out once. History goes in before it is live.
 * "Seen" is claimed only of what a person has written after, or was writing.
 */
import { el, setText } from "../dom/element.js";
import { day, say } from "../words/words.js";
import { article } from "./message.js";
import { closeOffers } from "./offers.js";

export class Log {
  constructor(view) {
    this.chat = view.chat;
    this.node = el("div#log", { "data-label": "log" });
  }

  /** From now on what is added is announced. */
  goLive() {
    this.isLive = true;
    this.node.setAttribute("role", "log");
  }

  clear() {
    this.isLive = false;
    this.node.removeAttribute("role");
    this.node.replaceChildren();
    this.day = new Date().toDateString();
    this.mine = null;
  }

  /** What was offered is no longer to be chosen from. */
  closeOffers() {
    closeOffers(this.node);
  }

  append(message) {
    const mine = message.author === "customer";
    if (mine) this.closeOffers();
    this.separate(message.at);
    const node = article(message, this.chat);
    this.node.append(node);
    if (mine) this.own(node, message.seq);
    return node;
  }

  separate(at) {
    const begun = new Date(at).toDateString();
    if (begun === this.day || !Date.parse(at)) return;
    this.day = begun;
    this.node.append(el("p.day.small", {}, el("time", { dateTime: at.slice(0, 10) }, day(at))));
  }

  /** The last of the customer's own; what stood at the one before is past. */
  own(node, seq) {
    if (this.mine) setText(this.mine.state, "");
    this.mine = { seq, state: node.querySelector(".note span") };
  }

  get progress() {
    const { chat, mine } = this;
    if (mine.seq <= chat.regarded) return say("seen", { name: chat.watcher || say("person") });
    if (chat.state === "human") return say("delivered");
    return mine.seq === chat.thread.last ? say("sent") : "";
  }

  show() {
    if (this.mine) setText(this.mine.state, this.progress);
  }
}
