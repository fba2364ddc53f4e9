/* How it went.
 *
 * Law: asked once a conversation, when it is over or when nobody has said anything for a while; never between two
 * messages, and never while the customer is writing or waiting for a person.
 */
import { button, form, submitButton, words } from "../dom/controls.js";
import { el, setText } from "../dom/element.js";
import { say } from "../words/words.js";

const SILENCE = 180_000; // milliseconds after an answer
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
    this.ended = el("h3#ended");
    this.comment = el("input#comment", { maxLength: 1000, "data-label": "comment" });
    this.form = form("#rate", () => this.send(), scale(), this.comment, submitButton(button(".button.solid", "send")));
    this.fresh = button("#fresh.button.pill", "fresh", () => this.begin());
    this.node = el("section#over.card", {}, this.ended, this.form, this.fresh);
  }

  send() {
    const value = Number(new FormData(this.form).get("rate"));
    this.view.chat.post("rate", { value, comment: this.comment.value });
  }

  begin() {
    this.view.chat.renew();
    this.view.composer.write("");
  }

  reset() {
    this.form.reset();
  }

  get isQuiet() {
    const { chat, composer } = this.view;
    const answered = chat.isWithBot && chat.spoke === "bot" && Date.now() - chat.spokeAt > SILENCE;
    return answered && !chat.rated && !composer.input.value;
  }

  show() {
    const { chat, scroll } = this.view;
    const closed = chat.state === "closed";
    const quiet = this.isQuiet;
    const comes = this.node.hidden && quiet;
    this.node.hidden = !(closed || quiet);
    this.form.hidden = chat.rated;
    this.fresh.hidden = !closed;
    setText(this.ended, say(closed ? "over" : "sofar"));
    if (comes && scroll.isAtBottom) scroll.toBottom();
  }
}
