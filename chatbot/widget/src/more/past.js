/* The conversations a customer has had, a new one beside, and this one to keep.
 *
 * Laws: which are theirs the server says: by the secrets this browser has kept, or by who is signed in. One that is opened
 * is resumed like any other. What has not been sent belongs to the conversation it was written in.
 */
import { TIME, button, date, day, el, frames, say, setText, words } from "./kit.js";

export class Past {
  constructor(view) {
    this.view = view;
    this.way = button("#past", "past", () => this.open());
    this.back = button("#back.link", "back", () => this.close());
    this.list = el("div#talks.offers");
    this.empty = el("p.small");
    this.mail = el("button#mail_it.button.pill", { onclick: () => view.chat.post("transcript", { "mail": true }) });
    this.file = button("#keep.button.pill", "keep", () => view.chat.post("transcript"));
    const anew = button("#anew.button.solid", "anew", () => this.begin());
    this.node = el("section#before", { tabIndex: -1, "data-label": "past" },
      this.back, words("h3", "past"), this.list, this.empty, anew, this.file, this.mail);
    view.end.node.before(this.way);
    view.scroll.node.after(this.node);
    this.listen();
  }

  listen() {
    const { ok } = frames;
    frames.past = (chat, frame) => this.fill(chat, frame);
    frames.transcript = (chat, frame) => download(frame);
    frames.ok = (chat, frame) => (frame.for === "transcript" ? chat.notify(say("posted", frame), 8, "") : ok(chat, frame));
  }

  open() {
    const { chat, dialog } = this.view;
    this.list.replaceChildren();
    chat.post("past", { tokens: chat.saved.past });
    dialog.node.dataset["past"] = 1;
    this.view.show();
    this.node.focus();
  }

  close() {
    this.view.dialog.leavePast();
  }

  begin() {
    this.close();
    this.view.begin();
  }

  fill(chat, { conversations, "mail": address }) {
    const { saved } = chat;
    const known = new Set(conversations.map(({ conversation }) => conversation));
    saved.past = Object.fromEntries(Object.entries(saved.past || {}).filter(([id]) => known.has(id)));
    chat.save();
    this.list.replaceChildren(...conversations.map((each) => this.row(each, saved)));
    setText(this.empty, conversations[0] ? "" : say("empty"));
    setText(this.mail, address && say("post", { "mail": address }));
  }

  row({ conversation, state, "last": latest, about }, saved) {
    const mine = conversation === saved.conversation;
    const where = say(mine ? "current" : state === "closed" ? "done" : "ongoing");
    const when = day(latest) + ", " + date(latest, TIME);
    return el("button.offer", { onclick: () => this.turn(conversation), "aria-current": mine },
      el("b", { dir: "auto" }, about), el("span.small", {}, when + " · " + where));
  }

  /** To another conversation, in which this device may never have been. */
  turn(conversation) {
    const { chat } = this.view;
    const { read, ...lasting } = chat.saved;
    this.close();
    if (conversation === lasting.conversation) return;
    if (chat.outbox.asks[0]) return chat.notify(say("sending"));
    const past = { ...lasting.past, [lasting.conversation]: lasting.token };
    chat.link.stop();
    chat.turnTo({ ...lasting, past, conversation, token: past[conversation] || "identity" });
    chat.save();
    chat.start();
  }

  show() {
    const { chat } = this.view;
    this.way.hidden = chat.refused;
    this.file.hidden = !chat.thread.last;
  }
}

function download({ name, text }) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
