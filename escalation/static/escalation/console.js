/* The desk's browser side: one socket that says what changed, clocks that tick, and drafts that are never lost.
   A push replaces rows and appends lines; it never touches a field somebody is typing in. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = $("#console");
  const talk = $("#talk");
  const reply = $("#reply");
  let socket = null;
  let tries = 0;
  let signedOut = false;

  /* ── The socket ─────────────────────────────────────────────────────────── */

  function connect() {
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    socket = new WebSocket(scheme + location.host + root.dataset.socket);
    socket.onopen = () => { tries = 0; $("#link").hidden = true; send(held()); };
    socket.onmessage = (event) => receive(JSON.parse(event.data));
    socket.onclose = () => {
      if (signedOut) return;
      $("#link").hidden = tries < 1;
      setTimeout(connect, Math.min(10000, 400 * 2 ** tries++) * (0.5 + Math.random() / 2));
    };
  }

  function send(frame) {
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  /* What this screen shows, so that the server sends what it lacks. */
  function held() {
    if (!talk) return { type: "watch", rows: Object.fromEntries(all("[data-row]").map((row) => [row.id, row.dataset.row])) };
    const last = (name) => Math.max(0, ...all(`#thread [data-${name}]`).map((line) => Number(line.dataset[name])));
    return { type: "watch", conversation: talk.dataset.conversation, seq: last("seq"), event: last("event"), head: $("#head").dataset.head };
  }

  function receive(frame) {
    if (frame.type === "news") arrive(frame.html);
    if (frame.type === "typing") showTyping();
    if (frame.type === "queue") queueMoved();
    if (frame.type === "bye") { signedOut = true; location.assign("/admin/login/?next=" + encodeURIComponent(location.pathname)); }
  }

  /* The queue beside a conversation is read again a little later, once for all that has changed meanwhile. */
  let queueTimer = 0;
  function queueMoved() {
    if (queueTimer || !$("#beside")?.offsetParent) return;
    queueTimer = setTimeout(() => { queueTimer = 0; document.dispatchEvent(new CustomEvent("desk:queue")); }, 250);
  }

  /* Swap fragments in: a row replaces itself wherever it stood, a line that is there already is dropped. */
  function arrive(html) {
    const parcel = document.createElement("template");
    parcel.innerHTML = html;
    all("[data-entry]", parcel.content).forEach((line) => { if (document.getElementById(line.id)) line.remove(); });
    const newLines = all("[data-entry]", parcel.content).length;
    const focused = document.activeElement && document.activeElement.id;
    keepOpen(parcel.content);
    const coming = all("[data-row]", parcel.content).map((row) => row.id);
    const old = coming.map((id) => document.getElementById(id)).filter(Boolean);
    const known = new Map(old.map((row) => [row.id, row.parentElement.dataset.list]));  // id → the list it stood in
    old.forEach((row) => row.remove());
    const thread = $("#thread");
    const atEnd = thread && thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
    htmx.swap("#void", parcel.innerHTML, { swapStyle: "none", settleDelay: 0 });
    const rows = coming.map((id) => document.getElementById(id));
    rows.forEach(place);
    if (focused && !document.getElementById(focused)?.matches(":focus")) document.getElementById(focused)?.focus({ preventScroll: true });
    if (newLines && $("#typing")) $("#typing").hidden = true;
    if (atEnd) thread.scrollTop = thread.scrollHeight;
    settle();
    tick();
    document.dispatchEvent(new CustomEvent("desk:arrived", { detail: { rows, known } }));
  }

  /* A menu somebody is working in is not swapped away under them, unless it no longer applies. */
  function keepOpen(content) {
    const head = $("#head", content);
    if (head && $("#head details.menu[open]") && head.dataset.reply === $("#head").dataset.reply) head.remove();
  }

  /* Put one row where its order wants it; the others stay untouched. */
  function place(row) {
    const others = [...row.parentElement.children].filter((other) => other !== row);
    let [low, high] = [0, others.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (others[middle].dataset.order < row.dataset.order) low = middle + 1;
      else high = middle;
    }
    row.parentElement.insertBefore(row, others[low] || null);
  }

  /* ── Clocks ─────────────────────────────────────────────────────────────── */

  const LEVELS = { fine: "on time", slow: "due soon", late: "late" };

  function tick() {
    all("time[data-since]").forEach((clock) => {
      const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.since)) / 1000));
      const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
      const two = (n) => String(n).padStart(2, "0");
      const words = h > 47 ? Math.floor(h / 24) + " days" : h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
      if (clock.textContent !== words) clock.textContent = words;
      const target = Number(clock.dataset.target);
      if (!target) return;
      const level = seconds >= target ? "late" : seconds >= target * 0.6 ? "slow" : "fine";
      if (clock.className === level) return;
      clock.className = level;
      const said = $(".level", clock.parentElement);
      if (said) { said.textContent = LEVELS[level]; said.className = "level " + level; }
    });
  }

  /* ── The composer ───────────────────────────────────────────────────────── */

  const HINTS = {
    yes: "The customer sees this at once.",
    claim: "Claim the conversation to send. You can write already.",
    taken: "A colleague has this conversation.",
    closed: "This conversation is closed.",
    bot: "The assistant has this conversation.",
  };

  /* Whether sending is possible now; the text itself stays whatever happens. */
  function settle() {
    if (!reply) return;
    const may = $("#head").dataset.reply;
    $("#send").disabled = may !== "yes" || !reply.value.trim();
    $("#reply-hint").textContent = HINTS[may];
    document.body.dataset.reply = may;
    document.body.classList.toggle("has-text", Boolean(reply.value.trim()));
  }

  /* What is being written is kept here at once, and on the server a moment later: any browser of theirs has it. */
  const kept = (field) => `handrail:${talk ? talk.dataset.conversation : ""}:${field.dataset.keep}`;
  const onServer = (field) => field.dataset.keep === "reply" || field.dataset.keep === "note";
  const [timers, underWay] = [new Map(), new Map()];

  const savedAt = (field) => `${kept(field)}:saved`;

  function keep(field) {
    localStorage.setItem(kept(field), field.value);
    localStorage.removeItem(savedAt(field));
    if (!onServer(field)) return;
    clearTimeout(timers.get(field));
    timers.set(field, setTimeout(() => toServer(field), 500));
  }

  async function toServer(field, leaving = false) {
    if (!leaving) await underWay.get(field)?.catch(() => {});  // one after the other, or an older text could land last
    const text = field.value;
    const body = new URLSearchParams({ kind: field.dataset.keep, text });
    const headers = JSON.parse(root.getAttribute("hx-headers"));
    timers.delete(field);
    const sent = fetch(talk.dataset.keepAt, { method: "POST", body, headers, keepalive: leaving });
    underWay.set(field, sent);
    try {
      if ((await sent).ok && field.value === text) localStorage.setItem(savedAt(field), Date.now());
    } catch { /* it stays here, and goes with the next key */ }
    if (underWay.get(field) === sent) underWay.delete(field);
  }

  function forget(field) {
    clearTimeout(timers.get(field));
    timers.delete(field);
    if (onServer(field)) field.defaultValue = "";
    if (underWay.has(field)) underWay.get(field).then(() => toServer(field), () => {}); // it may land after the reply did
    field.value = field.defaultValue;
    drop(field);
  }

  function drop(field) {
    localStorage.removeItem(kept(field));
    localStorage.removeItem(savedAt(field));
  }

  /* What stood in a field: the server's text, unless the one here was saved only after this page had been asked for. */
  function back(field) {
    const saved = Number(localStorage.getItem(savedAt(field)) ?? Infinity);
    if (saved < performance.timeOrigin) drop(field);
    field.value = localStorage.getItem(kept(field)) ?? field.value;
  }

  addEventListener("pagehide", () => { [...timers.keys()].forEach((field) => { clearTimeout(timers.get(field)); toServer(field, true); }); });

  let typedAt = 0;
  function sayTyping() {
    if (Date.now() - typedAt < 2500) return;
    typedAt = Date.now();
    send({ type: "typing" });
  }

  let typingTimer = 0;
  function showTyping() {
    $("#typing").hidden = false;
    clearTimeout(typingTimer);
    typingTimer = setTimeout(() => { $("#typing").hidden = true; }, 4000);
  }

  /* ── Wiring ─────────────────────────────────────────────────────────────── */

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.keep) keep(field);
    if ("types" in field.dataset) { sayTyping(); settle(); }
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && field.form && field.tagName === "TEXTAREA") {
      event.preventDefault();
      const button = $("button:not([type=button])", field.form);
      if (!button.disabled) field.form.requestSubmit(button);
    }
    if (event.key === "Escape") {
      const menu = field.closest && field.closest("details.menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); }
    }
  });

  /* One menu at a time; the first field of the opened one gets the focus. */
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (menu.matches("#head details.menu") && !menu.open) send(held());  // what was not swapped in meanwhile
    if (!menu.matches("details.menu, details.note-box") || !menu.open) return;
    all("details.menu[open]").forEach((other) => { if (other !== menu) other.open = false; });
    const field = $("textarea, select, input:not([type=hidden]), .panel button", menu);
    if (field) field.focus();
  }, true);

  document.addEventListener("click", (event) => {
    if (!event.target.closest("details.menu")) all("details.menu[open]").forEach((menu) => { menu.open = false; });
  });

  /* A form sent before htmx has the page would be sent by the browser itself, and its text kept as unsent: it waits. */
  let early = null;
  const hold = (event) => {
    event.preventDefault();
    event.stopPropagation();
    early = event;
  };
  document.addEventListener("submit", hold, true);
  document.addEventListener("DOMContentLoaded", () => {
    document.removeEventListener("submit", hold, true);
    if (early) early.target.requestSubmit(early.submitter);
  });

  /* Listened for at the request itself: a push may have taken the form away, and htmx tells the page nothing of it then. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    event.detail.xhr.addEventListener("loadend", () => answered(event.detail));
  });

  function answered({ elt: form, requestConfig, successful, xhr }) {
    if (!successful) {
      if (!xhr.status && requestConfig.verb === "post") say("The server could not be reached. Nothing was sent; your text is kept.");
      return;
    }
    if (requestConfig.verb === "get") return;
    all("[data-keep]", form).forEach(forget);
    if (form.id === "composer") { $("#quotes").replaceChildren(); $("#reply-key").value = crypto.getRandomValues(new Uint32Array(4)).join("-"); }
    all("details.menu[open]").forEach((menu) => { menu.open = false; });
    if (form.id === "noter") $(".note-box").open = false;
    if (form.id === "composer" || form.id === "noter" || form.closest("#head, #draft")) reply?.focus();
    settle();
  }

  /* A notice leaves by itself when all is well; a refusal stays until the next one. */
  let noticeTimer = 0;
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "notice") return;
    clearTimeout(noticeTimer);
    if (!$("#notice .failed")) noticeTimer = setTimeout(() => { $("#notice").textContent = ""; }, 4000);
  });

  function say(text) {
    $("#notice").replaceChildren(Object.assign(document.createElement("p"), { className: "failed", textContent: text }));
  }

  all("[data-keep]").forEach(back);
  const thread = $("#thread");
  if (thread) thread.scrollTop = thread.scrollHeight;
  if (reply) { settle(); ($(".draft:not(.suggestion) #approve") || reply).focus({ preventScroll: true }); }
  tick();
  setInterval(tick, 1000);
  connect();
})();
