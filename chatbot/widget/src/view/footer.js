/* Below the box: an end, and a complaint.
 *
 * Law: one press may be a mistake; a conversation ends at the second.
 */
import { button } from "../dom/controls.js";
import { el } from "../dom/element.js";
import { more } from "../load.js";
import { say } from "../words/words.js";

export class Footer {
  constructor(view) {
    this.view = view;
    this.end = button("#end", "end", () => this.press());
    this.complain = button("#complain", "complain", () => more(view, () => view.complaint.open()));
    this.node = el("div#foot", {}, this.end, this.complain);
  }

  press() {
    const label = this.end.firstChild;
    const restore = () => (label.textContent = say("end"));
    const sure = label.textContent !== restore();
    if (sure) return this.view.chat.post("end");
    label.textContent = say("sure");
    setTimeout(restore, 4000);
  }

  show() {
    const { chat } = this.view;
    this.node.hidden = chat.refused;
    this.complain.hidden = !say("what"); // its words come with the first connection
    this.end.hidden = !chat.thread.last || chat.state === "closed";
  }
}
