/* What a host page may call and hear: `window.Handrail`.
 *
 * Laws: a name that stands here stays, as long as the address says v1. A page's mistake does not end the chat.
 */
import { use } from "./words/words.js";

export const listeners = new Map();

export function emit(event, detail) {
  for (const listener of listeners.get(event) || []) {
    try {
      listener(detail);
    } catch (error) {
      console.error(error);
    }
  }
}

function on(event, listener) {
  const all = listeners.get(event) || new Set();
  listeners.set(event, all.add(listener));
  return () => all.delete(listener);
}

export function commands(chat, view) {
  const api = {
    version: 1,
    attach: () => view.host.attach(),
    open: (text) => view.open(text),
    close: () => view.close(),
    toggle: () => (view.isOpen ? view.close() : view.open()),
    identify: (jwt) => chat.identify(jwt),
    logout: () => chat.logout(),
    setLocale: (tag, words) => (use(tag, words), view.relabel()),
    hush: () => ((chat.saved.hushed = 1), chat.save()),
    setContext: (context) => Object.assign(chat.context, context),
    on,
    destroy() {
      chat.stop();
      view.host.remove();
      view.bell?.stop();
      delete window.Handrail;
    },
    /** Handrail.push(["open"]) works before and after this file has loaded. */
    push: (...calls) => calls.forEach(([name, ...values]) => Object.hasOwn(api, name) && api[name](...values)),
  };
  return api;
}
