/* While a person is on the way: the place in line, whether anybody is here, and an address for an answer by mail.
 *
 * Laws: numbers to call come before a form. An address that was given can be given anew; the last one counts.
 */
import { button, form, submitButton } from "../dom/controls.js";
import { el, setText } from "../dom/element.js";
import { say } from "../words/words.js";
import { back, people, wait } from "./outlook.js";

export class Waiting {
  constructor(view) {
    this.view = view;
    this.asked = el("h3#asked");
    this.queue = el("p#queue.small");
    this.people = el("p#people.small");
    this.why = el("p#why.small");
    this.email = el("input#email", { type: "email", required: true, autocomplete: "email", "data-label": "email" });
    this.mail = form("#mail", () => this.send(), this.why, this.email, submitButton(button(".button.solid", "save")));
    this.leave = button("#leave.link", "leave", () => this.expand());
    this.other = button("#other.link", "another", () => this.expand());
    this.stay = button("#stay.link", "stay", () => this.withdraw());
    const { asked, queue, people, mail, leave, other, stay } = this;
    this.node = el("section#waiting.card", {}, asked, queue, people, mail, leave, other, stay);
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
    this.node.hidden = !chat.asked;
    this.stay.hidden = chat.state !== "waiting";
    this.showLine(chat);
    this.showMail(chat);
  }

  showLine(chat) {
    const { position } = chat.queue || {};
    const absent = chat.isDeskOpen === false;
    setText(this.asked, say(chat.outbox.wantsHuman && !chat.link.up ? "will_ask" : absent ? "nobody" : "asked"));
    setText(this.queue, position ? say("queue", { n: position }) + wait(chat, chat.queue) : "");
    setText(this.people, this.peopleText(chat, absent));
  }

  /** What the heading says already, that nobody is here, is not said again. */
  peopleText(chat, absent) {
    if (!absent) return people(chat);
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
