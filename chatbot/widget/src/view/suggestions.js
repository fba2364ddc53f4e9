/* What can be sent with one press, and the offer of a person among it.
 *
 * Laws: a sign-in is offered only where the page listens for it, for the page alone can have it done. They change only
 * when they differ, so that none moves away under a finger.
 */
import { el } from "../dom/element.js";
import { say } from "../words/words.js";

export class Suggestions {
  constructor(view) {
    this.view = view;
    this.node = el("div#suggest", { role: "group", "data-label": "suggestions" });
  }

  get texts() {
    const { chat } = this.view;
    if (chat.isAway || chat.state === "closed" || !chat.mayWrite) return [];
    const texts = [...chat.suggestions];
    if (chat.offer && chat.isWithBot) texts[chat.offer](say("human"));
    return texts;
  }

  pick(text) {
    const { view } = this;
    if (text === say("identity")) return view.chat.emit("identity");
    if (text === say("human")) view.requestHuman();
    else view.chat.ask(text);
    view.composer.input.focus();
  }

  show() {
    const { node, texts } = this;
    node.hidden = !texts.length;
    if (this.shown === String(texts)) return;
    this.shown = String(texts);
    node.replaceChildren(...texts.map((text) => el("button.pill", { dir: "auto", onclick: () => this.pick(text) }, text)));
  }
}
