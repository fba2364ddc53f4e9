/* The end of a conversation, or of its first part, and the way to a new one.
 *
 * Law: who has come to an end can go on at once, whatever else does not load.
 */
import { button } from "../dom/controls.js";
import { el, setText } from "../dom/element.js";
import { say } from "../words/words.js";

export class Over {
  constructor(view) {
    this.view = view;
    this.ended = el("h3#ended");
    this.fresh = button("#fresh.button.pill", "fresh", () => view.begin());
    this.node = el("section#over.card", {}, this.ended, this.fresh);
  }

  show() {
    const closed = this.view.chat.state === "closed";
    this.node.hidden = !(closed || this.quiet);
    this.fresh.hidden = !closed;
    setText(this.ended, say(closed ? "over" : "sofar"));
  }
}
