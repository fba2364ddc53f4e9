/* What the browser keeps: the conversation in localStorage (every tab, after a restart), what this tab has not sent, its
 * draft and whether it is open in sessionStorage.
 *
 * Laws: where a browser forbids storage, memory holds the same as long as the page lives; nothing throws, and the
 * customer is told. What is kept is read again before it is relied on: another tab may have written since. No array is
 * kept: a host page may have taught them another JSON (`Array.prototype.toJSON`), as old libraries do.
 */
import { option } from "../snippet.js";

export class Store {
  constructor(area, key) {
    Object.assign(this, { area, key, memory: {} });
  }

  read() {
    try {
      return JSON.parse(window[this.area].getItem(this.key)) || this.memory;
    } catch {
      this.fails = true;
      return this.memory;
    }
  }

  write(value) {
    this.memory = value;
    try {
      window[this.area].setItem(this.key, JSON.stringify(value));
    } catch {
      this.fails = true;
    }
  }
}

/** What is kept, and its store: a conversation behind a mailed link stands beside the one this browser holds itself. */
export function loadSaved() {
  const { site, "link": token, conversation } = option;
  const store = new Store("localStorage", "handrail:" + site);
  const saved = store.read();
  if (!token || saved.conversation === conversation) return { store, saved };
  store.key += ":" + conversation;
  return { store, saved: { conversation, token } };
}
