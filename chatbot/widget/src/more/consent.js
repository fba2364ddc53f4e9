/* What a customer agrees to before the first word, where the site wants it.
 *
 * Laws: until then there is no box to write in, and nothing to send with one press. A person can be asked for all the same.
 * When it was given is kept with each conversation.
 */
import { button, el, option, safeLink, say, setText } from "./kit.js";

export class Consent {
  constructor(view) {
    this.view = view;
    this.text = el("p");
    const href = safeLink(option["privacy"]);
    const more = href && el("a.link.small", { href, target: "_blank", rel: "noopener", "data-say": "privacy" });
    this.node = el("section#consent", {}, this.text, more, button("#agree.button.solid", "agree", () => this.give()));
    view.composer.node.before(this.node);
  }

  give() {
    const { chat, composer } = this.view;
    chat.saved.agreed = new Date().toISOString();
    chat.post("consent", { at: chat.saved.agreed });
    composer.input.focus();
  }

  show() {
    const { chat } = this.view;
    this.node.hidden = chat.mayWrite || chat.refused || !say("consent");
    setText(this.text, say("consent"));
    const above = this.view.scroll.node.querySelector("#privacy");
    if (above) above.hidden = !this.node.hidden; // the same link, once
  }
}
