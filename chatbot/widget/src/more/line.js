/* While a person is on the way: the place in line, whether anybody is here, and an address for an answer by mail.
 *
 * Laws: numbers to call come before a form. An address that was given can be given anew; the last one counts.
 */
import { back, button, el, form, people, say, setText, submitButton, wait } from "./kit.js";

export class Line {
  constructor(view) {
    this.view = view;
    this.queue = el("p#queue.small");
    this.people = el("p#people.small");
    this.why = el("p#why.small");
    this.email = el("input#email", { type: "email", required: true, autocomplete: "email", "data-label": "email" });
    this.mail = form("#mail", () => this.send(), this.why, this.email, submitButton(button(".button.solid", "save")));
    this.leave = button("#leave.link", "leave", () => this.expand());
    this.other = button("#other.link", "another", () => this.expand());
    this.stay = button("#stay.link", "stay", () => this.withdraw());
    const { queue, people, mail, leave, other, stay } = this;
    this.node = el("div#line", { hidden: true }, queue, people, mail, leave, other, stay); // takes no room before it is shown
    view.waiting.node.append(this.node);
  }

  reset() {
    this.isMailing = false;
  }

  send() {
    this.view.chat.post("contact", { email: this.email.value });
  }

  expand() {
    this.isMailing = true;
    this.view.show();
    this.email.focus();
  }

  withdraw() {
    this.view.composer.input.focus();
    this.view.chat.post("leave");
  }

  show() {
    const { chat } = this.view;
    this.node.hidden = false;
    this.stay.hidden = chat.state !== "waiting";
    this.showLine(chat);
    this.showMail(chat);
  }

  showLine(chat) {
    const { position } = chat.queue || {};
    setText(this.queue, position ? say("queue", { n: position }) + wait(chat, chat.queue) : "");
    setText(this.people, this.peopleText(chat));
  }

  /** What the heading says already, that nobody is here, is not said again. */
  peopleText(chat) {
    if (chat.isDeskOpen !== false) return people(chat);
    return (chat.dials ? "" : back(chat)) + (chat.reachable ? " " + say("known") : "");
  }

  showMail(chat) {
    const later = (chat.dials || chat.reachable) && !this.isMailing;
    this.mail.hidden = later;
    this.leave.hidden = chat.reachable || !later;
    this.other.hidden = !chat.reachable || !later;
    setText(this.why, say(chat.isDeskOpen === false ? "absent" : "why"));
  }
}
