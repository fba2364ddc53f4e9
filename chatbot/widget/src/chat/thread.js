/* The order of messages.
 *
 * Law: each is shown once, in the order of its number, and none before the one that precedes it; what came early is
 * held.
 */
import { isOlder } from "./clock.js";

export class Thread {
  constructor() {
    this.restart();
  }

  restart() {
    Object.assign(this, { last: 0, seen: 0, held: new Map(), gapSince: 0 });
  }

  hold(message) {
    if (message.seq > this.last && !this.held.has(message.seq)) this.held.set(message.seq, message);
  }

  /** Takes what is next; `whole` waits for no hole, for a welcome is complete. */
  drain(take, whole) {
    while (this.held.size) {
      const next = whole ? Math.min(...this.held.keys()) : this.last + 1;
      const message = this.held.get(next);
      if (!message) break;
      this.held.delete((this.last = next));
      take(message);
    }
    this.gapSince = this.held.size && (this.gapSince || Date.now());
  }

  get hasGap() {
    return isOlder(this.gapSince, 3);
  }
}
