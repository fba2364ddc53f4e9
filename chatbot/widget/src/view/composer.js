/* The box a customer writes in.
 *
 * Laws: Enter sends, except while an input method composes a word, or ends one (Safari: key code 229). What is too long
 * to send stays in the box, and what is not sent survives a reload.
 */
import { form, iconButton, submitButton } from "../dom/controls.js";
import { el } from "../dom/element.js";
import { say } from "../words/words.js";

export const MAX_TEXT = 4000;
const TELL = 3000; // milliseconds from one sign of typing to the next

export class Composer {
  constructor(view) {
    this.view = view;
    this.input = el("textarea#input", {
      rows: 1,
      "aria-describedby": "core",
      oninput: () => this.onInput(),
      onkeydown: (event) => this.onKey(event),
    });
    const send = submitButton(iconButton(".icon.solid", "send", null, "send"));
    this.node = form("#form", () => this.submit(), el("div#box", {}, this.input, send));
  }

  onKey(event) {
    if (event.isComposing || event.keyCode === 229 || event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.submit();
  }

  submit() {
    const { chat } = this.view;
    const text = this.input.value.trim();
    const excess = text.length - MAX_TEXT;
    if (excess > 0) return chat.notify(say("long", { n: excess }));
    if (text) chat.ask(text);
    this.write("");
  }

  write(text) {
    this.fill(text);
    this.input.focus();
    this.onInput();
  }

  fill(text) {
    this.input.value = text;
    this.fit();
  }

  fit() {
    const { style } = this.input;
    this.input.dir = this.input.value ? "auto" : "";
    style.height = "auto";
    if (this.input.value) style.height = this.input.scrollHeight + "px";
  }

  onInput() {
    this.fit();
    this.view.chat.keep({ draft: this.input.value });
    this.sendTyping();
  }

  /** A person at the desk sees that something is being written, not what. */
  sendTyping() {
    const { chat } = this.view;
    const now = Date.now();
    if (chat.state !== "human" || !this.input.value || now - this.told < TELL) return;
    this.told = now;
    chat.link.send({ type: "typing" });
  }

  show() {
    const { chat } = this.view;
    this.node.hidden = chat.state === "closed" || chat.refused || !chat.mayWrite;
    this.input.placeholder = this.input.ariaLabel = say(chat.state === "bot" ? "ask" : "write");
  }
}
