/* Below the box: the way to a complaint; other ways come later (`more/`).
 *
 * Law: what it takes to make one is fetched when it is pressed.
 */
import { button } from "../dom/controls.js";
import { el } from "../dom/element.js";
import { more } from "../load.js";

export class Footer {
  constructor(view) {
    this.chat = view.chat;
    this.complain = button("#complain", "complain", () => more(view, () => view.complaint.open()));
    this.node = el("div#foot", {}, this.complain);
  }

  show() {
    const { refused, disclosure } = this.chat;
    this.node.hidden = refused;
    this.complain.hidden = !disclosure; // in which language it is made is known from the first connection on
  }
}
