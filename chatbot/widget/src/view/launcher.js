/* The button on the page, and how many messages nobody has seen.
 *
 * Laws: its name begins with what is written on it, so that who speaks to a computer can say it. The number is read out
 * with the name, so the badge itself is silent. Where the page has a launcher of its own, there is none here.
 */
import { words } from "../dom/controls.js";
import { el, setText } from "../dom/element.js";
import { icon } from "../dom/icons.js";
import { option } from "../snippet.js";
import { say } from "../words/words.js";

const own = option["launcher"] || option["inline"] && "none";

export class Launcher {
  constructor(view) {
    this.view = view;
    this.badge = el("span#badge", { "aria-hidden": "true" });
    const onclick = () => view.open();
    this.node = el("button#launch.solid", { onclick }, icon("bubble"), words("span", "launch"), this.badge);
    if (own) document.addEventListener("click", ({ target }) => this.press(target.closest(own)));
  }

  /** A launcher of the page's own. */
  press(pressed) {
    if (!pressed) return;
    this.from = pressed;
    this.view.open();
  }

  focus() {
    (this.from || this.node).focus();
  }

  show() {
    const { node, badge, view } = this;
    const n = view.chat.unread.length;
    const [label, does] = [say("launch"), say(n ? "unread" : "open", { n })];
    node.hidden = view.isOpen || own;
    node.setAttribute("aria-label", does.includes(label) ? does : label + ": " + does);
    setText(badge, n ? String(n) : "");
  }
}
