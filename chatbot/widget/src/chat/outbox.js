/* What a customer has said and the server has not acknowledged.
 *
 * Laws: it is kept until its ack, or until it is answered. A repeated id is stored once, so sending again is safe. A wish for a person goes
 * first, and never waits for an answer that is under way.
 */
import { isOlder } from "./clock.js";
import { newId } from "./token.js";

export class Outbox {
  constructor(asks = [], wantsHuman = false) {
    Object.assign(this, { asks, wantsHuman, humanAt: 0, later: [] });
  }

  add(text, offer) {
    const item = { id: newId(), text, offer };
    this.asks.push(item);
    return item;
  }

  find(id) {
    return this.asks.find((item) => item.id === id);
  }

  remove(item) {
    this.asks = this.asks.filter((other) => other !== item);
  }

  /** What is no message has been answered: a rating, an address, a complaint. */
  settle(id) {
    this.later = this.later.filter(({ frame }) => frame.id !== id);
  }

  /** As if nothing had been sent: after a welcome, and for storage. */
  get unsent() {
    return this.asks.map(({ id, text, offer }) => ({ id, text, offer }));
  }

  markUnsent() {
    for (const item of [...this.asks, ...this.later]) item.sentAt = 0;
    this.humanAt = 0;
  }

  flush(link) {
    if (!link.up) return;
    this.sendHuman(link);
    for (const note of this.later) if (!note.sentAt && link.send(note.frame)) note.sentAt = 1;
    for (const item of this.asks) this.sendAsk(item, link);
  }

  sendHuman(link) {
    const now = Date.now();
    if (this.wantsHuman && now - this.humanAt > 4000 && link.send({ type: "human", id: newId() })) this.humanAt = now;
  }

  sendAsk(item, link) {
    const now = Date.now();
    if (item.sentAt || item.failed || item.due > now) return;
    const { id, text, offer } = item;
    if (link.send(offer === undefined ? { type: "ask", id, text } : { type: "choose", id, offer })) item.sentAt = now;
  }

  get isOverdue() {
    return this.asks.some((item) => isOlder(item.sentAt, 8));
  }
}
