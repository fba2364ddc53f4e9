/* Where else to turn while the server is away.
 *
 * Law: what a customer needs now must not depend on the server: it is in the snippet, or was kept from an earlier
 * visit.
 */
import { button } from "../dom/controls.js";
import { el, setText } from "../dom/element.js";
import { option } from "../snippet.js";
import { say } from "../words/words.js";

const link = (scheme, to) => (to ? el("p", {}, el("a.link", { href: scheme + to.replace(/ /g, "") }, to)) : "");

export class Away {
  constructor(view) {
    this.chat = view.chat;
    this.trouble = el("h3#trouble");
    this.advice = el("p#advice.small");
    this.contact = el("div#contact");
    this.retry = button("#retry.button.pill", "retry", () => this.chat.link.dial());
    this.node = el("section#away.card", {}, this.trouble, this.advice, this.contact, this.retry);
  }

  show() {
    const { chat, node } = this;
    const { email = option.email, phone = option.phone, text } = chat.saved.contact || {};
    const comes = node.hidden && chat.isAway;
    node.hidden = !chat.isAway;
    this.retry.hidden = chat.refused;
    setText(this.trouble, say(chat.refused ? "refused" : "away"));
    setText(this.advice, chat.refused ? "" : say(email || phone || text ? "contact" : "later"));
    if (comes) this.contact.replaceChildren(link("mailto:", email), link("tel:", phone), el("p.small", {}, text));
  }
}
