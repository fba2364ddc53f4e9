/* What a host page does with keys, focus and scrolling ends at the chat.
 *
 * Laws: what happens inside is heard first, at the window, and by nobody else. What a listener of the page that was
 * earlier still has taken from a field (its key, its focus) is given back. While a key is on its way, the chat looks to
 * the page like the field that is written in, so that shortcuts keep away from it as they do from the page's own.
 */
const TYPES = "pointerdown keydown keypress keyup beforeinput input paste copy cut selectstart focusin wheel touchmove";

/** Until `signal`; `onLeave` hears of every step that the customer takes out of the chat. */
export function shield(host, signal, onLeave) {
  disguise(host);
  const hear = (event) => {
    const { type, key } = event;
    const path = event.composedPath();
    const inside = path.includes(host);
    if (key === "Tab" || (type === "pointerdown" && !inside)) onLeave();
    if (!inside || type === "pointerdown") return;
    event.stopImmediatePropagation();
    if (type === "keydown") giveBack(event, path[0], host.shadowRoot);
    for (const node of path.slice(0, path.indexOf(host.shadowRoot))) if (node["on" + type]) node["on" + type](event);
  };
  for (const type of TYPES.split(" ")) addEventListener(type, hear, { capture: true, passive: /^[wt]/.test(type), signal });
}

function disguise(host) {
  const isKey = () => /^key/.test((window.event || {}).type);
  const seen = () => (isKey() && host.shadowRoot.activeElement) || host;
  const tag = host.tagName;
  Object.defineProperty(host, "tagName", { get: () => (seen() === host ? tag : seen().tagName) });
  for (const name of ["matches", "closest"]) {
    const own = host[name];
    host[name] = (selector) => own.call(seen(), selector);
  }
  Object.defineProperty(host, "isContentEditable", { get: isKey });
}

function giveBack(event, field, root) {
  const { key, ctrlKey, altKey, metaKey, defaultPrevented } = event;
  const types = key.length === 1 && ctrlKey === altKey && !metaKey; // AltGr is both
  if (types && root.activeElement !== field) field.focus();
  if (!defaultPrevented) return;
  if (field.matches("input, textarea")) {
    if (types) document.execCommand("insertText", false, key);
    else if (key === "Backspace") document.execCommand("delete");
  } else if (/^( |Enter)$/.test(key)) field.click();
}
