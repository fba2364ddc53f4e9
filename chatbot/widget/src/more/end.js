/* The end of a conversation, where the customer wants it.
 *
 * Law: one press may be a mistake; a conversation ends at the second.
 */
import { button, say } from "./kit.js";

export class End {
  constructor(view) {
    this.chat = view.chat;
    this.node = button("#end", "end", () => this.press());
    view.footer.complain.before(this.node);
  }

  press() {
    const label = this.node.firstChild;
    const restore = () => (label.textContent = say("end"));
    const sure = label.textContent !== restore();
    if (sure) return this.chat.post("end");
    label.textContent = say("sure");
    setTimeout(restore, 4000);
  }

  show() {
    const { thread, state } = this.chat;
    this.node.hidden = !thread.last || state === "closed";
  }
}
