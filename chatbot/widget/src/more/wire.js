/* A socket made of plain requests, for networks that let none through: the same frames, and nothing tells the difference.
 *
 * Laws: one request at a time, so that nothing is overtaken. Each says hello with the last number it has, so that what a
 * lost answer held comes again. One that only waits is given up when there is something to say; one that says something
 * never is. The first that fails ends it, as a socket ends.
 */
import { serverAddress, view } from "./kit.js";

const PATIENCE = 30_000; // milliseconds; longer, and it is as good as lost

export class Wire {
  constructor() {
    Object.assign(this, { readyState: 1, queue: [], shown: "" });
    setTimeout(() => this.onopen && this.onopen());
  }

  send(text) {
    const frame = JSON.parse(text);
    if (frame.type !== "hello") this.queue.push(frame);
    else this.run((this.who = frame));
    if (this.idle) this.giveUp.abort();
  }

  close() {
    this.readyState = 3;
    if (this.giveUp) this.giveUp.abort();
  }

  async run() {
    try {
      while (this.readyState === 1) await this.exchange();
    } catch {
      this.readyState = 3;
      if (this.onclose) this.onclose();
    }
  }

  async exchange() {
    const said = this.queue.splice(0);
    this.idle = this.began && !said.length;
    const told = await this.post([this.who, ...said]).catch((error) => {
      if (this.idle && this.queue.length) return [];
      throw error;
    });
    view.chat.link.heard = Date.now();
    for (const frame of told) this.take(frame);
  }

  async post(frames) {
    this.giveUp = new AbortController();
    const timer = setTimeout(() => this.giveUp.abort(), PATIENCE);
    const { signal } = this.giveUp;
    // Text, so that no browser asks the server first whether it may; no array, for a page may have taught them another JSON.
    const body = `{"frames":[${frames.map((each) => JSON.stringify(each))}],"shown":${JSON.stringify(this.shown)}}`;
    const reply = await fetch(serverAddress("/w/v1/frames"), { method: "POST", body, credentials: "omit", signal });
    if (!reply.ok) throw reply.status;
    const told = await reply.json();
    clearTimeout(timer);
    return told.frames;
  }

  /** Every request is welcomed; after the first one that is what has been missed, and the state. */
  take(frame) {
    const { type, messages = [] } = frame;
    if (type === "welcome") {
      const { conversation, token, words = { version: this.who.words } } = frame;
      Object.assign(this.who, { conversation, token, words: words.version });
    }
    for (const { seq } of [...messages, frame]) if (seq && type !== "ack") this.who.last_seq = Math.max(seq, this.who.last_seq || 0);
    if (type !== "welcome" || !this.began) return this.tell(frame);
    messages.forEach((each) => this.tell(each));
    if (frame.state !== this.shown) this.tell({ ...frame, type: "state" });
  }

  tell(frame) {
    if (this.readyState !== 1) return;
    if (frame.type === "welcome") this.began = true;
    if (frame.state) this.shown = frame.state;
    if (this.onmessage) this.onmessage({ frame });
  }
}
