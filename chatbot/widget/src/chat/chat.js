/* One conversation: what is known of it, and what the customer does. What the server says: `frames.js`.
 *
 * Laws: state changes in this folder only, and `view.show` follows. No layer below promises delivery: what is
 * overdue is fetched by a fresh hello.
 */
import { isOlder } from "./clock.js";
import { frames } from "./frames.js";
import { hello } from "./hello.js";
import { Link } from "./link.js";
import { Outbox } from "./outbox.js";
import { Store, loadSaved } from "./store.js";
import { Thread } from "./thread.js";
import { newId, subject } from "./token.js";
import { option } from "../snippet.js";
import { learn, site } from "../words/words.js";

const INITIAL = {
  state: "bot", agent: "", queue: null, asked: false, refused: false, offer: false, dials: false,
  rated: false, reachable: false, spoke: "", spokeAt: 0, hint: "", typing: 0, notice: null, regarded: 0,
};

export class Chat {
  constructor(emit) {
    const { store, saved } = loadSaved();
    Object.assign(this, { emit, saved, context: {}, long: store, short: new Store("sessionStorage", store.key) });
    saved.contact = saved.contact || site.contact;
    learn(saved.words, saved.speaks);
    const { outbox, wantsHuman, ...tab } = this.short.read();
    this.tab = tab;
    this.reset(Object.values(outbox || {}), wantsHuman);
    this.link = new Link(() => hello(this), (frame) => this.receive(frame));
    addEventListener("storage", ({ key, newValue }) => key === store.key && this.onStorage(newValue));
    addEventListener("pageshow", ({ persisted }) => persisted && this.wake());
  }

  reset(unsent, wantsHuman) {
    Object.assign(this, INITIAL, { suggestions: [], unread: [], awaiting: new Map(), thread: new Thread() });
    this.outbox = new Outbox(unsent, wantsHuman);
  }

  save() {
    this.long.write(this.saved);
    this.keep();
  }

  /** What this tab alone has to know after a reload: what it has not sent, the draft, and whether it is open. */
  keep(more) {
    const { unsent, wantsHuman } = this.outbox;
    this.short.write({ ...Object.assign(this.tab, more), outbox: { ...unsent }, wantsHuman });
  }

  /** What another tab has begun since is this tab's conversation too; says whether there was any. */
  sync() {
    const { saved } = this;
    const kept = this.long.read();
    if (kept.token && kept.conversation !== saved.conversation) return this.turnTo(kept);
    if (kept.read > (saved.read || 0)) saved.read = kept.read;
    return false;
  }

  turnTo(saved) {
    const { unsent, wantsHuman } = this.outbox;
    this.reset(unsent, wantsHuman);
    this.saved = saved;
    this.view.clear();
    return true;
  }

  /** Back from the browser's own cache: as old as when it was left. */
  wake() {
    this.sync();
    if (this.link.wanted) this.link.dial();
    else if (this.saved.token) this.start();
  }

  start() {
    if (!this.link.wanted) this.sync();
    this.clock = this.clock || setInterval(() => this.tick(), 1000);
    if (!this.refused) this.link.start();
  }

  stop() {
    this.clock = clearInterval(this.clock);
    this.link.stop();
  }

  /** `offer`: which section the text names, null for none of them. */
  ask(text, offer) {
    const item = this.outbox.add(text, offer);
    Object.assign(this, { suggestions: [], offer: false, notice: null });
    this.view.addPending(item);
    this.push();
  }

  /** Now, or once there is a connection. */
  requestHuman() {
    if (this.state === "closed") this.renew();
    this.outbox.wantsHuman = this.asked = true;
    this.push();
  }

  post(type, more) {
    this.outbox.later.push({ frame: { type, id: newId(), ...more } });
    this.push();
  }

  push() {
    this.save();
    this.start();
    this.outbox.flush(this.link);
    this.view.show();
  }

  drop(item) {
    this.outbox.remove(item);
    this.view.removePending(item.id);
    this.save();
  }

  /** A new conversation, with what the old one was not sent. */
  renew(unsent = this.outbox.unsent) {
    const { conversation, token, read, ...lasting } = this.saved;
    if (token) lasting.past = { ...lasting.past, [conversation]: token };
    const kept = this.long.read();
    this.stop();
    this.reset(unsent);
    this.saved = kept.token && kept.conversation !== conversation ? kept : lasting;
    this.save();
    this.view.clear();
    if (this.view.isOpen) this.start();
  }

  identify(jwt) {
    const sub = subject(jwt);
    if (jwt === this.identity) return;
    if (this.saved.sub && this.saved.sub !== sub) this.logout();
    this.saved.sub = sub;
    this.identity = jwt;
    this.save();
    if (this.link.wanted) this.link.dial();
    else if (this.view.isOpen || this.saved.token) this.start();
  }

  /** Nothing is left for the next customer; the empty object tells the other tabs. */
  logout() {
    this.identity = undefined;
    this.long.write({});
    const { sub, past, conversation, token, read, ...lasting } = this.saved;
    this.saved = lasting;
    this.renew([]);
    this.view.composer.fill("");
    this.keep({ draft: "" });
  }

  onStorage(written) {
    if (written === "{}" && this.saved.token) return this.logout();
    if (this.sync() && this.link.wanted) this.link.dial();
    this.look();
    this.view.show();
  }

  receive(frame) {
    if (!Object.hasOwn(frames, frame.type)) return;
    this.outbox.settle(frame.id);
    frames[frame.type](this, frame);
    this.look();
    this.view.show();
  }

  /** What is on the screen has been read, in every tab; the agent is told while a person has, or had, the conversation. */
  look() {
    const { thread, link, view, saved, state } = this;
    const { last } = thread;
    if (view.isOpen && !document.hidden && last > (saved.read || 0)) {
      saved.read = last;
      this.save();
    }
    this.unread = this.unread.filter(({ seq }) => seq > saved.read);
    if (state === "bot" || last === thread.seen || !view.isOpen || document.hidden || !link.up) return;
    link.send({ type: "seen", seq: (thread.seen = last) });
  }

  notify(text, seconds = 8, look = "bad") {
    this.notice = { text, look, until: Date.now() + seconds * 1000 };
    this.view.show();
  }

  tick() {
    const now = Date.now();
    if (this.link.up && this.isOverdue) this.link.dial();
    this.outbox.flush(this.link);
    if (this.notice && this.notice.until < now) this.notice = null;
    if (this.typing < now) this.typing = 0;
    this.view.show();
  }

  get isOverdue() {
    const unanswered = [...this.awaiting.values()].some((since) => isOlder(since, 25));
    const quiet = /waiting|human/.test(this.state) && isOlder(this.link.heard, 60);
    return this.outbox.isOverdue || unanswered || quiet || this.thread.hasGap;
  }

  get isLost() {
    return this.link.silence > 3;
  }

  /** Long enough for a customer to need another way to reach us. */
  get isAway() {
    return this.refused || this.link.silence > 12 || (this.outbox.wantsHuman && this.isLost);
  }

  /** Where the site wants it, nothing is written before the customer has agreed. */
  get mayWrite() {
    return !option["consent"] || this.saved.agreed;
  }

  /** With the assistant, and nobody has asked for a person. */
  get isWithBot() {
    return this.state === "bot" && !this.asked;
  }

  /** Whether anybody is at the desk: true, false, or nothing where nobody can say. */
  get isDeskOpen() {
    return this.link.up ? (this.availability || {}).open : undefined;
  }
}
