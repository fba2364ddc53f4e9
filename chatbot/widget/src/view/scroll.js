/* What scrolls: the disclosure, the log, and the cards below it.
 *
 * Law: who reads further up is not carried away; a button leads to what has come.
 */
import { button, words } from "../dom/controls.js";
import { el, setText } from "../dom/element.js";
import { safeLink } from "../dom/links.js";
import { option } from "../snippet.js";
import { say } from "../words/words.js";

/** Where the page says what becomes of the words: before the first of them. */
const privacy = () => safeLink(option["privacy"]) && el("a#privacy.link.small", { href: option["privacy"], target: "_blank", rel: "noopener", "data-say": "privacy" });

export class Scroll {
  constructor(view, ...parts) {
    this.chat = view.chat;
    this.core = el("p#core.small");
    this.kept = el("p#kept.small");
    this.jump = button("#jump.pill.down", "latest", () => this.toBottom(), "send");
    this.node = el("div#scroll", {
      role: "group",
      tabIndex: 0,
      "data-label": "log",
      onscroll: () => this.isAtBottom && (this.jump.hidden = true),
    }, el("div.card", {}, words("h3", "bot"), this.core, privacy(), this.kept), ...parts.map((part) => part.node));
  }

  get isAtBottom() {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    return scrollHeight - scrollTop - clientHeight < 60;
  }

  /** To the end, or to where a message begins. */
  toBottom(message) {
    const { node, jump } = this;
    jump.hidden = true;
    const top = () => (message ? message.offsetTop - node.offsetTop - 20 : node.scrollHeight);
    requestAnimationFrame(() => (node.scrollTop = top()));
  }

  /** Where something has just taken room from the log. */
  stickToBottom() {
    this.node.scrollTop = this.node.scrollHeight;
  }

  show() {
    const { disclosure, long } = this.chat;
    setText(this.core, disclosure || say("core"));
    setText(this.kept, long.fails ? say("unkept") : "");
  }
}
