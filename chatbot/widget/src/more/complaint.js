/* A complaint, written at any time.
 *
 * Law: its id stays until it is acknowledged: sent twice, it is kept once.
 */
import { MAX_TEXT, el, form, newId, say, submitButton } from "./kit.js";

const field = (name, key, props) => el(name, { "aria-label": say(key), placeholder: say(key), ...props });

export class Complaint {
  constructor(view) {
    this.view = view;
  }

  open() {
    this.reset();
    const wrong = field("textarea", "what", { rows: 4, maxLength: MAX_TEXT, required: true });
    this.card = el("section.card", {}, el("h3", {}, say("complain")), el("p.small", {}, say("read")), this.form(wrong));
    this.view.over.node.after(this.card);
    wrong.focus();
    this.card.scrollIntoView({ block: "nearest" });
  }

  form(wrong) {
    const id = newId();
    const email = field("input", "email", { type: "email", autocomplete: "email" });
    const send = () => this.view.chat.post("complaint", { id, text: wrong.value, email: email.value });
    const file = submitButton(el("button.button.solid", {}, say("file")));
    return form("", send, wrong, email, file, el("button.button", { onclick: () => this.cancel() }, say("cancel")));
  }

  cancel() {
    this.reset();
    this.view.footer.complain.focus();
  }

  show() {}

  reset() {
    if (this.card) this.card.remove();
    this.card = null;
  }
}
