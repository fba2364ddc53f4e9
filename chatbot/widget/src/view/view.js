/* The whole of what is on the page: one element, one shadow, and the parts in it.
 *
 * Laws: `show` brings every part but the log in line with the chat. A part builds its nodes once and owns them. What it
 * wants done elsewhere it asks of the view or of the chat.
 */
import { relabel } from "../dom/controls.js";
import { el } from "../dom/element.js";
import { Theme } from "../style/theme.js";
import { more, wanted } from "../load.js";
import { direction, say, voice } from "../words/words.js";
import { Away } from "./away.js";
import { Composer } from "./composer.js";
import { Dialog } from "./dialog.js";
import { Footer } from "./footer.js";
import { Header } from "./header.js";
import { Host } from "./host.js";
import { Launcher } from "./launcher.js";
import { Log } from "./log.js";
import { Over } from "./over.js";
import { Pending } from "./pending.js";
import { Scroll } from "./scroll.js";
import { Status } from "./status.js";
import { Suggestions } from "./suggestions.js";
import { Waiting } from "./waiting.js";

export class View {
  constructor(chat) {
    this.chat = chat;
    this.createParts();
    this.root = el("section#root", { "data-label": "region" }, this.launcher.node, this.dialog.node);
    this.theme = new Theme(this.root, this.dialog.node, () => this.dialog.reshape());
    this.host = new Host(this);
    this.root.addEventListener("focusin", () => this.theme.stays && this.chat.start()); // not for everybody who only reads the page
    document.addEventListener("visibilitychange", () => {
      chat.look();
      this.show();
    });
  }

  createParts() {
    this.parts = [
      (this.launcher = new Launcher(this)),
      (this.header = new Header(this)),
      (this.log = new Log(this)),
      (this.pending = new Pending(this)),
      (this.waiting = new Waiting(this)),
      (this.over = new Over(this)),
      (this.away = new Away(this)),
      (this.suggestions = new Suggestions(this)),
      (this.scroll = new Scroll(this, this.log, this.pending, this.waiting, this.over, this.away, this.suggestions)),
      (this.status = new Status(this)),
      (this.composer = new Composer(this)),
      (this.footer = new Footer(this)),
    ];
    this.dialog = new Dialog(this);
  }

  /** Parts that came later. */
  grow(...parts) {
    this.parts.push(...parts);
    this.relabel();
  }

  get isOpen() {
    return this.dialog.node.open;
  }

  /** `text`: a draft for the customer to send or change. */
  open(text) {
    if (!this.isOpen) this.expand();
    if (text) this.composer.write(text);
  }

  /** `quiet`: as it was before the page was left, with no claim to the focus. */
  expand(quiet) {
    this.theme.paint();
    this.dialog.raise(false, quiet);
    if (!quiet || !this.theme.stays || this.chat.saved.token) this.chat.start();
    this.chat.keep({ open: true });
    this.chat.look();
    this.show();
    this.scrollDown();
    this.chat.emit("open");
  }

  close() {
    this.dialog.node.close();
  }

  begin() {
    this.chat.renew();
    this.composer.write("");
  }

  /** Who has a person already reads who it is. */
  requestHuman() {
    const { chat, composer, name } = this;
    if (chat.state === "human") {
      chat.notify(say("already", { name }), 8, "");
      return composer.input.focus();
    }
    chat.requestHuman();
    this.scrollDown();
  }

  append(message) {
    const { log, scroll } = this;
    const mine = message.author === "customer";
    const follows = mine || !log.isLive || scroll.isAtBottom;
    if (message.id) this.removePending(message.id);
    const node = log.append(message);
    if (log.isLive) this.bell?.ring(message);
    if (follows) scroll.toBottom(node);
    else scroll.jump.hidden = false;
  }

  addPending(item) {
    this.log.closeOffers();
    this.pending.add(item);
    this.scrollDown();
  }

  removePending(id) {
    this.pending.remove(id);
  }

  scrollDown() {
    this.scroll.toBottom();
  }

  goLive() {
    this.log.goLive();
  }

  clear() {
    this.log.clear();
    this.pending.clear();
    for (const part of this.parts) part.reset?.();
    for (const item of this.chat.outbox.asks) this.addPending(item);
    this.show();
  }

  relabel() {
    relabel(this.root);
    this.root.lang = voice;
    this.root.dir = direction();
    this.show();
  }

  show() {
    const { chat, root, scroll } = this;
    const { isAtBottom } = scroll;
    root.dataset.state = chat.isLost ? "away" : chat.state;
    for (const part of this.parts) part.show();
    if (wanted(chat)) more(this);
    if (isAtBottom) scroll.stickToBottom();
  }

  /** The other side, as a customer knows it. */
  get name() {
    return this.chat.agent || say("person");
  }
}
