/* Writing a reply: ready-made ones behind the slash, and sentences of articles with their source. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const reply = $("#reply");
  const canned = $("#canned");
  const quotes = $("#quotes");
  const changed = () => reply.dispatchEvent(new Event("input", { bubbles: true }));

  /* ── The slash ──────────────────────────────────────────────────────────── */

  const options = () => all("[role=option]:not([hidden])", canned);
  let slash = -1;

  /* The word after a slash at the start or after a space, up to the cursor; null when there is none. */
  function asked() {
    const before = reply.value.slice(0, reply.selectionStart);
    const found = /(?:^|\s)\/([\w-]*)$/.exec(before);
    slash = found ? before.length - found[1].length - 1 : -1;
    return found && found[1].toLowerCase();
  }

  function offer() {
    const word = asked();
    all("[role=option]", canned).forEach((one) => {
      one.hidden = word === null || !(one.dataset.shortcut.startsWith(word) || one.dataset.words.includes(word));
    });
    canned.hidden = word === null || !options().length;
    choose(0);
  }

  function choose(n) {
    const shown = canned.hidden ? [] : options();
    const at = shown.length ? (n + shown.length) % shown.length : -1;
    all("[role=option]", canned).forEach((one) => one.setAttribute("aria-selected", String(one === shown[at])));
    if (at < 0) return reply.removeAttribute("aria-activedescendant");
    reply.setAttribute("aria-activedescendant", shown[at].id);
    shown[at].scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    const text = option.dataset.text;
    const after = reply.value.slice(reply.selectionStart);
    reply.value = reply.value.slice(0, slash) + text + after;
    reply.selectionStart = reply.selectionEnd = slash + text.length;
    close();
    changed();
    reply.focus();
  }

  function close() {
    canned.hidden = true;
    choose(0);
  }

  reply.addEventListener("input", offer);
  reply.addEventListener("blur", () => setTimeout(close, 150));
  reply.addEventListener("keydown", (event) => {
    if (canned.hidden || event.ctrlKey || event.metaKey) return;
    const at = options().findIndex((one) => one.getAttribute("aria-selected") === "true");
    const act = {
      ArrowDown: () => choose(at + 1), ArrowUp: () => choose(at - 1), Escape: close,
      Enter: () => take(options()[at]), Tab: () => take(options()[at]),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  canned.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) { event.preventDefault(); take(option); }
  });

  /* ── Quotes ─────────────────────────────────────────────────────────────── */

  function insert(text) {
    reply.value = reply.value.trim() ? `${reply.value.trimEnd()}\n\n${text}` : text;
    changed();
    reply.focus();
  }

  /* A source travels with the reply while its words stand in it. */
  function cite(place, title, text) {
    if (all("input", quotes).some((known) => known.value === place)) return;
    const item = document.createElement("li");
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "quiet-button", textContent: "✕" });
    remove.setAttribute("aria-label", `Do not name “${title}” as a source`);
    remove.onclick = () => { item.remove(); reply.focus(); };
    item.append(title, Object.assign(document.createElement("input"), { type: "hidden", name: "quote", value: place }), remove);
    item.dataset.text = text;
    quotes.append(item);
  }

  reply.addEventListener("input", () => {
    all("li", quotes).forEach((item) => { item.classList.toggle("lost", !reply.value.includes(item.dataset.text)); });
  });

  document.addEventListener("click", (event) => {
    const sentence = event.target.closest("[data-quote]");
    const unsent = event.target.closest("[data-insert]");
    if (sentence) {
      const text = sentence.textContent.trim();
      cite(sentence.dataset.quote, sentence.dataset.title, text);
      insert(text);
    }
    if (unsent) insert(document.getElementById(unsent.dataset.insert).textContent.trim());
  });
})();
