/* What was asked and is not acknowledged.
 *
 * Law: it stands outside the log, for it may still change.
 */
import { el, setText } from "../dom/element.js";
import { say } from "../words/words.js";

export class Pending {
  constructor(view) {
    this.view = view;
    this.drafts = new Map();
    this.node = el("div#pending");
  }

  add(item) {
    const { id, text, failed } = item;
    this.remove(id);
    const note = el("p.note.small", {}, el("span", {}, failed));
    if (failed) note.append(" ", el("button.link", { onclick: () => this.edit(item) }, say("edit")));
    const node = el("div.customer.unsent", {}, el("p.text", { dir: "auto" }, text), note);
    this.node.append(node);
    this.drafts.set(id, node);
  }

  edit(item) {
    this.view.composer.write(item.text);
    this.view.chat.drop(item);
  }

  remove(id) {
    if (this.drafts.has(id)) this.drafts.get(id).remove();
    this.drafts.delete(id);
  }

  clear() {
    this.node.replaceChildren();
    this.drafts.clear();
  }

  show() {
    const { chat } = this.view;
    for (const { id, failed, due } of chat.outbox.asks) {
      const draft = this.drafts.get(id);
      if (draft && !failed) setText(draft.lastChild.firstChild, say(chat.isLost || due ? "unsent" : "sending"));
    }
  }
}
