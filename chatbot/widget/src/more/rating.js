/* How it went.
 *
 * Law: asked once a conversation, when it is over or when nobody has said anything for a while; never between two
 * messages, and never while the customer is writing or waiting for a person.
 */
import { button, el, form, isOlder, submitButton, words } from "./kit.js";

const SILENCE = 180; // seconds after an answer
const SCALE = [1, 2, 3, 4, 5];

const choice = (value) =>
  el("label", {}, el("input", { type: "radio", name: "rate", value, required: true }), String(value));

const scale = () =>
  el("fieldset", {},
    words("legend.small", "rate"),
    el("div#scale", {}, ...SCALE.map(choice)),
    el("div.ends.small", {}, words("span", "bad"), words("span", "good")));

export class Rating {
  constructor(view) {
    this.view = view;
    this.comment = el("input#comment", { maxLength: 1000, "data-label": "comment" });
    this.form = form("#rate", () => this.send(), scale(), this.comment, submitButton(button(".button.solid", "send")));
    view.over.ended.after(this.form);
  }

  send() {
    const value = Number(new FormData(this.form).get("rate"));
    this.view.chat.post("rate", { value, comment: this.comment.value });
  }

  reset() {
    this.form.reset();
  }

  get isQuiet() {
    const { chat, composer } = this.view;
    const answered = chat.isWithBot && chat.spoke === "bot" && isOlder(chat.spokeAt, SILENCE);
    return answered && !chat.rated && !composer.input.value;
  }

  show() {
    const { chat, over, scroll } = this.view;
    const comes = !over.quiet && this.isQuiet;
    over.quiet = this.isQuiet;
    this.form.hidden = chat.rated;
    over.show();
    if (comes && scroll.isAtBottom) scroll.toBottom();
  }
}
