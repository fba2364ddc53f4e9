/* That a person was asked for, or will be; what else can be done meanwhile comes later (`more/line.js`).
 *
 * Law: it is said whatever else does not load.
 */
import { el, setText } from "../dom/element.js";
import { say } from "../words/words.js";

export class Waiting {
  constructor(view) {
    this.chat = view.chat;
    this.asked = el("h3#asked");
    this.node = el("section#waiting.card", {}, this.asked);
  }

  show() {
    const { asked, outbox, link, isDeskOpen } = this.chat;
    this.node.hidden = !asked;
    setText(this.asked, say(outbox.wantsHuman && !link.up ? "will_ask" : isDeskOpen === false ? "nobody" : "asked"));
  }
}
