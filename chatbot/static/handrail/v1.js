/* Handrail's chat widget: one file, no framework, no build step; it is served without these comments.
 *   <script src="https://HOST/w/v1.js" data-site="SLUG" async></script>
 * Optional: data-name (heading), data-label (launcher), data-accent (#rrggbb), data-locale, data-email and
 * data-phone (shown when the server is away). data-conversation and data-link: the page behind a link from a mail.
 *
 * Laws: words from outside enter the page as text, never as markup. What a customer has sent is kept until it is
 * acknowledged. "Talk to a human" is never disabled and never hidden. A host page's policy may allow this script and
 * its socket only: no inline style, image, font or other request.
 */
(() => {
  "use strict";

  // ── Snippet
  const script = document.currentScript; // null later
  const earlier = window.Handrail;
  if (earlier && earlier.version) return earlier.attach(); // a second snippet, or a page swapped in by script
  if (!script || !script.dataset.site) return console.error("Handrail: the snippet needs data-site.");
  const option = script.dataset;
  const SOCKET = new URL("/ws/chat/", script.src.replace(/^http/, "ws")).href;
  let KEY = "handrail:" + option.site;
  const MAX_TEXT = 4000;
  const SILENCE = 180_000; // after an answer, until a customer who says nothing more is asked how it went

  // ── Words
  const WORDS = {
    launch: "Help", open: "Open chat", unread: "Open chat, {n} unread", title: "Help", region: "Chat", close: "Close chat",
    human: "Talk to a human", log: "Conversation", assistant: "Assistant", you: "You: ",
    core: "You are chatting with an AI assistant, not a person. It answers some subjects only, with quotes from published articles, and it can be wrong. You can talk to a human at any time.",
    bot: "AI assistant", waiting: "Waiting for a person", talking: "You are talking to {name}", closed: "Conversation closed", offline: "Not connected",
    ai: "AI", being: "Human", person: "a person", approved: "Drafted by AI, approved by {name}",
    quote: "Quoted from", tool: "Looked up in", sources: "Sources", source: "Source {n}: {title}", updated: "Updated {date}", page: "Open the page",
    ask: "Ask a question", write: "Write a message", send: "Send", sending: "Sending…", unsent: "Not sent yet", edit: "Edit",
    suggestions: "Suggestions", latest: "Latest messages", looking: "Looking for an answer…", typing: "{name} is typing…",
    joining: "Connecting…", lost: "Connection lost. Nothing you wrote is lost.",
    yes: "Helpful", no: "Not helpful", thanks: "Thank you.",
    asked: "We have asked a person to join", will_ask: "We will ask for a person once we are connected",
    queue: "You are number {n} in line.",
    here: "People are here now.", until: "People are here until {time}.", nobody: "Nobody is here right now.", next: "People are back {time}.",
    expect: "The wait is about {n} min.", soon: "The wait is less than a minute.", longer: "It is taking longer than usual.", ahead: "Waiting already: {n}.",
    email: "Your email", why: "Leave your email to be answered there too.", absent: "Leave your email and a person will write to you.", known: "A person will write to you by email.",
    save: "Save", stay: "Go on with the AI assistant instead",
    over: "This conversation is closed", sofar: "Did this help?", fresh: "Start a new conversation", rate: "How did we do?", bad: "Poor", good: "Great",
    comment: "Anything to add? (optional)", end: "End conversation", sure: "Press again to end",
    complain: "Make a complaint", read: "A person reads every complaint and answers it.", what: "What went wrong", file: "Send complaint", cancel: "Cancel", filed: "Your complaint has been received.",
    away: "We cannot be reached right now", contact: "We keep trying. You can also reach us here:", later: "We keep trying.",
    refused: "Chat is not available here", long: "That is {n} characters too long.", too_long: "Too long.",
    slow: "Too many messages. Trying again in {n} s.", signin: "Please sign in again.", wrong: "Something went wrong.",
  };
  let locale, own;
  const say = (key, values = {}) => (own[key] || WORDS[key]).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const date = (value, format) => new Intl.DateTimeFormat(locale, format).format(new Date(value));
  const time = { hour: "numeric", minute: "2-digit" };
  function use(tag, words) {
    locale = tag || "en";
    own = { ...(option.label && { launch: option.label }), ...words };
  }
  use(option.locale || document.documentElement.lang || navigator.language);

  /** "18:00", or "Monday 09:00" when not today; what is no date passes unchanged. */
  function moment(value) {
    if (Number.isNaN(Date.parse(value))) return value;
    const today = new Date(value).toDateString() === new Date().toDateString();
    return date(value, today ? time : { ...time, weekday: "long" });
  }

  // ── Style
  // `!important` on :host beats even a host page's own; a constructable sheet passes its policy.
  const CSS = `
:host { all: initial !important; display: block !important; position: fixed !important; z-index: 2147483000 !important; }
#root { all: initial; --bg: #fff; --sunk: #f6f5f2; --ink: #1d1c1a; --soft: #5f5c56; --line: #dfdcd5; --edge: #8a867e; --mine: #e6eeea;
  --wait: #8a5a00; --bad: #a3261c; --good: #1f6b43; --shade: 0 12px 40px -8px #0006; color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
#root[dir=rtl] { direction: rtl; }
#root[data-theme=dark] { --bg: #1b1c1b; --sunk: #252725; --ink: #f0eee9; --soft: #aeaaa2; --line: #3b3d3b; --edge: #7d7f7b; --mine: #2b3a35;
  --wait: #f0b95b; --bad: #ff9d92; --good: #82d3a6; color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, blockquote, fieldset, legend, figure { margin: 0; padding: 0; border: 0; min-width: 0; }
h3 { font-size: 15px; font-weight: 650; }
button, input, textarea { font: inherit; color: inherit; margin: 0; }
button { background: none; border: 1px solid transparent; border-radius: 10px; padding: 0; cursor: pointer; text-align: start; }
button:hover { background: var(--sunk); }
:focus-visible { outline: 2px solid var(--ink); outline-offset: -2px; }
svg { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.solid, .solid:hover { background: var(--accent); color: var(--on); }
.small { font-size: 13px; color: var(--soft); }
.link { text-decoration: underline; text-underline-offset: 3px; font-weight: 600; color: var(--ink); }
.button { min-height: 40px; padding: 0 16px; font-weight: 600; text-align: center; }
.pill { display: flex; align-items: center; justify-content: center; gap: 8px; min-height: 36px; padding: 6px 14px; border-radius: 18px; border-color: var(--edge); font-size: 14px; line-height: 20px; }
.icon { display: grid; place-items: center; width: 36px; height: 36px; flex: none; color: var(--soft); }

#launch { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; display: flex; align-items: center; gap: 10px; height: 52px; padding: 0 22px 0 20px;
  border-radius: 26px; font-weight: 600; box-shadow: var(--shade); }
#badge { position: absolute; inset: -5px -3px auto auto; min-width: 22px; padding: 0 6px; border-radius: 11px; border: 1px solid var(--bg);
  background: var(--ink); color: var(--bg); font-size: 12px; line-height: 20px; }
dialog { position: fixed; inset: auto; inset-block-end: 20px; inset-inline-end: 20px; margin: 0; padding: 0; width: 408px; max-width: calc(100vw - 40px);
  height: 680px; max-height: calc(100vh - 40px); border: 1px solid var(--line); border-radius: 18px; overflow: hidden; background: var(--bg); color: var(--ink);
  box-shadow: var(--shade); flex-direction: column; }
dialog[open] { display: flex; }

#head { display: grid; grid: auto / 1fr auto auto; gap: 4px 8px; align-items: center; padding: 10px 12px 12px 20px; border-bottom: 1px solid var(--line); }
[dir=rtl] #head { padding: 10px 20px 12px 12px; }
h2 { grid-column: 1 / 3; font-size: 17px; font-weight: 650; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; outline: 0; }
#close { grid-area: 1 / 3; }
#human { grid-column: 2 / 4; font-weight: 600; margin-inline-end: 8px; }
#human svg { width: 17px; height: 17px; }
#outlook { grid-column: 1 / 4; padding-inline-end: 8px; }
#outlook:empty { display: none; }
#state { display: flex; align-items: center; gap: 8px; font-size: 13px; line-height: 18px; color: var(--soft); }
#state::before { content: ""; width: 9px; height: 9px; border-radius: 50%; flex: none; background: currentColor; }
[data-state=human] #state, [data-state=waiting] #state { color: var(--good); font-weight: 600; }
[data-state=waiting] #state { color: var(--wait); }

#scroll { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 20px; scroll-padding: 20px; display: flex; flex-direction: column; gap: 22px; }
#log, #pending { display: inherit; flex-direction: inherit; gap: inherit; }
#log:empty, #pending:empty { display: none; }
.card { display: grid; gap: 8px; padding: 16px; border: 1px solid var(--line); border-radius: 12px; background: var(--sunk); }
.card form { display: grid; gap: 8px; }
.card textarea { resize: vertical; }
#mail { grid-template-columns: 1fr auto; }
#mail p { grid-column: 1 / 3; }
.by, .row { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 8px; }
.by { margin-bottom: 4px; font-size: 13px; color: var(--soft); }
.by b { color: var(--ink); font-weight: 600; }
.mark { padding: 0 5px; border: 1px solid var(--edge); border-radius: 5px; font-size: 11px; line-height: 16px; font-weight: 700; color: var(--ink); }
.text { white-space: pre-line; overflow-wrap: anywhere; }
.customer { align-self: flex-end; max-width: 86%; }
.customer .text { padding: 9px 14px; border-radius: 16px; background: var(--mine); border: 1px solid transparent; }
.customer.unsent .text { background: none; border: 1px dashed var(--edge); }
.note { margin-top: 4px; text-align: end; }
.agent .mark { background: var(--good); color: var(--bg); }
.agent .text { padding: 10px 14px; border: 1px solid var(--line); border-inline-start: 3px solid var(--good); border-radius: 10px; }
.system { padding: 0 12px; font-size: 13px; color: var(--soft); text-align: center; }
.cite, .chip { border-color: var(--edge); border-radius: 7px; font-size: 12px; line-height: 18px; }
.cite { min-width: 20px; margin-inline-start: 3px; padding: 0 5px; font-weight: 600; text-align: center; }
.chip { max-width: 100%; padding: 4px 10px; font-size: 13px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
[aria-expanded=true], [aria-expanded=true]:hover { background: var(--ink); color: var(--bg); }
.row { margin-top: 10px; }
.quote { flex: 1 0 100%; }
blockquote { padding-inline-start: 12px; border-inline-start: 2px solid var(--edge); font: 16px/1.5 Georgia, Cambria, serif; }
.quote figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 12px; }
.vote { margin-top: 6px; margin-inline-start: -6px; }
.vote .icon { width: 32px; height: 32px; }
.vote svg { width: 17px; height: 17px; }
[aria-pressed=true] { color: var(--ink); border-color: var(--edge); }
.down svg { transform: rotate(180deg); }
#suggest { display: flex; flex-wrap: wrap; gap: 8px; justify-content: flex-end; }
input, textarea { background: var(--bg); border: 1px solid var(--edge); border-radius: 10px; padding: 8px 12px; width: 100%; }
#scale { display: grid; grid: auto / repeat(5, 1fr); gap: 6px; margin: 6px 0; }
#scale label { position: relative; line-height: 38px; border: 1px solid var(--edge); border-radius: 10px; background: var(--bg); font-weight: 600; text-align: center; }
#scale label:has(:checked) { background: var(--ink); color: var(--bg); }
#scale label:has(:focus-visible) { outline: 2px solid; }
#scale input { position: absolute; inset: 0; opacity: 0; cursor: pointer; }
.ends { display: flex; justify-content: space-between; }

#bottom { position: relative; padding: 10px 12px 12px; border-top: 1px solid var(--line); }
#jump { position: absolute; inset: auto 0 100%; margin: 0 auto 10px; width: max-content; background: var(--bg); box-shadow: var(--shade); }
#status:not(:empty) { padding: 0 8px 8px; }
#status { font-size: 13px; color: var(--soft); }
#status.bad { color: var(--bad); }
#status.busy::before { content: ""; display: inline-block; width: 24px; height: 6px; margin-inline-end: 8px; vertical-align: 1px; animation: beat 1s infinite alternate;
  background: radial-gradient(circle, currentColor 2.5px, transparent 3px) 0 / 8px 6px; }
@keyframes beat { to { opacity: .25; } }
#box { display: flex; align-items: flex-end; gap: 6px; padding: 5px; border: 1px solid var(--edge); border-radius: 16px; }
#box:focus-within { border-color: var(--ink); box-shadow: 0 0 0 1px var(--ink); }
#input { border: 0; resize: none; padding: 6px 10px; height: 36px; max-height: 132px; line-height: 24px; outline: 0; }
::placeholder { color: var(--soft); opacity: 1; }
#box .solid { color: var(--on); border-radius: 11px; }
#foot { display: flex; justify-content: space-between; margin: 6px 8px 0; }
#foot button { padding: 2px 0; font-size: 13px; color: var(--soft); text-decoration: underline; text-underline-offset: 3px; }

@media (max-width: 479px) {
  dialog { inset: 0; width: 100%; max-width: none; height: var(--tall, 100dvh); max-height: none; border: 0; border-radius: 0; }
  textarea, input { font-size: 16px !important; } /* or iOS zooms the page in */
}
@media (prefers-reduced-motion: reduce) { #status::before { animation: none !important; } }
`;

  // ── Building blocks
  /** el("p#id.class", properties or attributes, …children); strings become text. */
  function el(name, props = {}, ...children) {
    const [, tag, id, classes] = /^(\w+)#?(\w*)\.?(.*)$/.exec(name);
    const node = document.createElement(tag);
    if (id) node.id = id;
    if (classes) node.className = classes.replace(/\./g, " ");
    if (tag === "button") node.type = tag;
    for (const [key, value] of Object.entries(props)) {
      if (key in node) node[key] = value;
      else node.setAttribute(key, value);
    }
    node.append(...children.filter(Boolean));
    return node;
  }

  const SHAPES = {
    chat: "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8 10h8M8 13h5",
    close: "M6 6l12 12M18 6L6 18",
    send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
    person: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20.5c1-4 4-6 8-6s7 2 8 6",
    thumb: "M7 11v9H4v-9zM7 11l4-7.5c1.6 0 2.5 1.2 2.2 2.7L12.5 10H19a1.8 1.8 0 0 1 1.7 2.2l-1.5 6.2A2 2 0 0 1 17.3 20H7",
  };
  function icon(name) {
    const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", SHAPES[name]);
    svg.append(path);
    return svg;
  }

  /** Only http and https: no `javascript:` from any source. */
  function safeLink(url) {
    try { return url && /^https?:/.test(new URL(url, document.baseURI)) && url; } catch { return ""; }
  }

  /** JSON in a Storage, or in memory where that throws. */
  function kept(area) {
    let memory = {};
    return {
      read() {
        try { return JSON.parse(window[area].getItem(KEY)) || memory; } catch { return memory; }
      },
      write(value) {
        memory = value;
        try { window[area].setItem(KEY, JSON.stringify(value)); } catch { /* memory has it */ }
      },
    };
  }

  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  /** Whom a token names. */
  function subject(jwt) {
    try { return JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub; } catch { return jwt; }
  }

  // ── Link: one socket, dialled again until told to stop
  class Link {
    constructor(hello, receive) {
      Object.assign(this, { hello, receive, tries: 0 });
      addEventListener("online", () => this.wanted && !this.up && this.dial());
    }

    start() {
      if (this.wanted) return;
      this.wanted = true;
      this.downSince = Date.now();
      this.dial();
    }

    stop() {
      this.wanted = false;
      this.hangUp();
    }

    /** A fresh socket and hello: the one way to resume, to resync and to change who is signed in. */
    dial() {
      this.hangUp();
      const socket = (this.socket = new WebSocket(SOCKET));
      socket.onopen = () => socket.send(JSON.stringify(this.hello()));
      socket.onclose = () => this.again();
      socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
      this.timer = setTimeout(() => this.again(), 10_000); // no welcome
    }

    hear(frame) {
      this.heard = Date.now();
      if (frame.type === "welcome") {
        clearTimeout(this.timer);
        this.up = true;
        this.tries = 0;
      }
      this.receive(frame);
    }

    again() {
      this.hangUp();
      const pause = Math.min(30_000, 500 * 2 ** this.tries++) * (0.5 + Math.random() / 2); // jitter: not all at once
      this.timer = setTimeout(() => this.dial(), pause);
    }

    hangUp() {
      clearTimeout(this.timer);
      if (this.up) this.downSince = Date.now();
      this.up = false;
      if (this.socket) Object.assign(this.socket, { onopen: null, onmessage: null, onclose: null }).close();
    }

    send(frame) {
      if (!this.up || this.socket.readyState !== 1) return false;
      this.socket.send(JSON.stringify(frame));
      return true;
    }

    get silence() {
      return this.wanted && !this.up ? (Date.now() - this.downSince) / 1000 : 0;
    }
  }

  // ── Chat: what is known, and what is still to be sent
  // `held` keeps what came early, `last` is the highest seq shown, the outbox keeps every ask until its ack: a repeated id
  // is stored once, so sending again is safe.
  class Chat {
    constructor(view, emit) {
      Object.assign(this, { view, emit, context: {} });
      this.long = kept("localStorage"); // the conversation: the same in every tab and after a restart
      this.short = kept("sessionStorage"); // what this tab has not sent
      this.saved = this.long.read();
      if (option.link && this.saved.conversation !== option.conversation) {
        KEY += ":" + option.conversation; // beside what this browser holds itself
        this.saved = { conversation: option.conversation, token: option.link };
      }
      this.blank();
      Object.assign(this, this.short.read());
      this.link = new Link(() => this.hello(), (frame) => this.receive(frame));
      addEventListener("storage", ({ key, newValue }) => key === KEY && newValue === "{}" && this.saved.token && this.logout());
    }

    blank() {
      Object.assign(this, {
        state: "bot", agent: "", queue: null, last: 0, held: new Map(), gapSince: 0, awaiting: new Map(), outbox: [], later: [], suggestions: [],
        offer: false, wantsHuman: false, humanAt: 0, asked: false, rated: false, reachable: false, spokeAt: 0, hint: "", notice: null, typing: 0, spoke: "", refused: false,
      });
    }

    hello() {
      const { page, ...context } = this.context;
      const url = new URL(page || location.origin + location.pathname, document.baseURI); // a query may hold secrets
      for (const [key, value] of Object.entries(context)) url.searchParams.set(key, value);
      const { conversation, token } = this.saved;
      return {
        type: "hello", site: option.site, locale, page: url.href.slice(0, 500), identity: this.identity,
        ...(token && { conversation, token, last_seq: this.last }),
      };
    }

    save() {
      this.long.write(this.saved);
      this.short.write({ outbox: this.outbox.map(({ id, text }) => ({ id, text })), wantsHuman: this.wantsHuman });
    }

    start() {
      this.clock = this.clock || setInterval(() => this.tick(), 1000);
      if (!this.refused) this.link.start();
    }

    stop() {
      this.clock = clearInterval(this.clock);
      this.link.stop();
    }

    // What the customer does
    ask(text) {
      const item = { id: newId(), text };
      this.outbox.push(item);
      this.suggestions = [];
      this.offer = false;
      this.notice = null;
      this.view.pend(item);
      this.push();
    }

    /** Now, or once there is a connection; never after an answer that is under way. */
    human() {
      if (this.state === "closed") this.renew();
      this.wantsHuman = this.asked = true;
      this.push();
    }

    post(frame) {
      this.later.push(frame);
      this.push();
    }

    push() {
      this.save();
      this.start();
      this.flush();
      this.view.show();
    }

    flush() {
      if (!this.link.up) return;
      const now = Date.now();
      if (this.wantsHuman && now - this.humanAt > 4000 && this.link.send({ type: "human", id: newId() })) this.humanAt = now;
      while (this.later.length && this.link.send(this.later[0])) this.later.shift();
      for (const item of this.outbox) {
        if (item.sentAt || item.failed || item.due > now) continue;
        if (this.link.send({ type: "ask", id: item.id, text: item.text })) item.sentAt = now;
      }
    }

    drop(item) {
      this.outbox = this.outbox.filter((other) => other !== item);
      this.view.unpend(item.id);
      this.save();
    }

    /** A new conversation, with what the old one was not sent. */
    renew(unsent = this.outbox.map(({ id, text }) => ({ id, text }))) {
      const { contact, sub } = this.saved;
      this.stop();
      this.blank();
      this.saved = { contact, sub };
      this.outbox = unsent;
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
    }

    /** Nothing is left for the next customer; the empty object tells the other tabs. */
    logout() {
      this.identity = undefined;
      this.long.write({});
      this.saved = { contact: this.saved.contact };
      this.renew([]);
    }

    // What the server says
    receive(frame) {
      if (!/^(welcome|ack|status|typing|message|state|ok|error)$/.test(frame.type)) return;
      this["on_" + frame.type](frame);
      this.view.show();
      this.saw();
    }

    /** Tells the agent that a reply is on the screen; only while a person has, or had, the conversation. */
    saw() {
      if (this.state === "bot" || this.last === this.sawTo || !this.view.isOpen || document.hidden || !this.link.up) return;
      this.link.send({ type: "seen", seq: (this.sawTo = this.last) });
    }

    on_welcome(frame) {
      if (this.saved.conversation !== frame.conversation) {
        this.last = 0;
        this.view.clear();
      }
      Object.assign(this.saved, { conversation: frame.conversation, token: frame.token || this.saved.token });
      this.disclosure = frame.disclosure.text;
      this.name = (frame.site || {}).name;
      this.awaiting.clear();
      this.held.clear();
      frame.messages.forEach((message) => this.hold(message));
      this.drain(true);
      this.on_state(frame, this.wantsHuman);
      this.rated = !!frame.rating;
      this.reachable = !!frame.reachable;
      if (!this.last) this.suggestions = frame.suggestions || [];
      if (this.state === "bot" && this.spoke === "customer") this.awaiting.set("?", Date.now()); // asked before we came
      this.view.live();
      for (const item of this.outbox) item.sentAt = 0;
      this.humanAt = 0;
      this.flush();
      this.emit("ready", { conversation: frame.conversation, state: this.state });
    }

    on_ack({ id, seq }) {
      const item = this.outbox.find((other) => other.id === id);
      if (!item) return;
      this.outbox = this.outbox.filter((other) => other !== item);
      this.save();
      if (seq <= this.last) this.view.unpend(id);
      this.hold({ seq, id, author: "customer", text: item.text });
      this.drain();
      if (this.state === "bot" && this.spoke === "customer") this.awaiting.set(id, Date.now());
    }

    on_message(message) {
      if (message.author === "bot") ["?", message.reply_to].forEach((id) => this.awaiting.delete(id));
      if (message.author !== "customer") this.hint = this.typing = 0;
      this.hold(message);
      this.drain();
    }

    on_state(frame, wantsHuman = false) {
      const before = this.state;
      this.wantsHuman = wantsHuman;
      this.state = frame.state;
      this.agent = this.state === "human" ? frame.name || this.agent : "";
      this.queue = frame.queue;
      this.expected = frame.expected;
      this.availability = frame.availability || this.availability;
      this.saved.contact = (frame.availability || {}).contact || this.saved.contact;
      this.asked = this.state === "waiting" || (this.asked && this.state === "bot" && before === "bot");
      if (this.state !== "bot") this.awaiting.clear();
      this.save();
      if (before === this.state) return;
      this.typing = 0;
      this.emit("state", { state: this.state });
      this.view.scrollDown();
    }

    on_status({ text }) {
      this.hint = text;
    }

    on_typing() {
      this.typing = Date.now() + 5000;
    }

    on_ok(frame) {
      this.view.done(frame.for);
    }

    on_error({ code, text, id, retry_after = 3 }) {
      const item = this.outbox.find((other) => other.id === id);
      if (code === "rate_limited" || code === "busy") {
        if (item) Object.assign(item, { sentAt: 0, due: Date.now() + retry_after * 1000 });
        this.notify(say("slow", { n: retry_after }), retry_after);
      } else if (code === "identity" && this.identity) {
        this.identity = undefined;
        this.notify(say("signin"), 20);
        this.link.dial();
      } else if (code === "token" || code === "identity") {
        this.renew();
        this.start();
      } else if (code === "closed") {
        this.state = code;
      } else if (code === "origin" || code === "unknown_site") {
        this.refused = true;
        this.stop();
        console.error("Handrail: " + text);
      } else if (item) {
        item.failed = code === "blocked" ? text : say(code === "too_long" ? code : "wrong");
        this.view.pend(item);
      } else {
        this.notify(text);
      }
    }

    hold(message) {
      if (message.seq > this.last && !this.held.has(message.seq)) this.held.set(message.seq, message);
    }

    /** Shows what is next; `all` waits for no hole (a welcome is complete). */
    drain(all) {
      while (this.held.size) {
        const next = all ? Math.min(...this.held.keys()) : this.last + 1;
        const message = this.held.get(next);
        if (!message) break;
        this.held.delete((this.last = next));
        this.take(message);
      }
      this.gapSince = this.held.size && (this.gapSince || Date.now());
    }

    take(message) {
      const { author, id, text, name, seq, outcome } = message;
      const twin = author === "customer" && !id && this.outbox.find((item) => item.text === text);
      if (twin) this.view.unpend(twin.id); // stored, but its ack was lost: not shown twice
      if (author === "agent") this.agent = name || this.agent;
      this.suggestions = message.suggestions || [];
      this.offer = outcome === "decline"; // one tap to a person
      this.view.append(message);
      this.spoke = author;
      this.spokeAt = Date.now();
      this.emit("message", { seq, author, outcome });
    }

    notify(text, seconds = 8, look = "bad") {
      this.notice = { text, look, until: Date.now() + seconds * 1000 };
      this.view.show();
    }

    /** No layer below promises delivery: what is overdue is fetched by a fresh hello. */
    tick() {
      const now = Date.now();
      const late = (since, seconds) => since && now - since > seconds * 1000;
      const overdue = this.outbox.some((item) => late(item.sentAt, 8)) || [...this.awaiting.values()].some((since) => late(since, 25));
      const quiet = /waiting|human/.test(this.state) && late(this.link.heard, 60);
      if (this.link.up && (overdue || quiet || late(this.gapSince, 3))) this.link.dial();
      this.flush();
      if (this.notice && this.notice.until < now) this.notice = null;
      if (this.typing < now) this.typing = 0;
      this.view.show();
    }
  }

  // ── View
  // show() brings all but the log in line. The log is only appended to, each message once, so that it is read out once.
  class View extends HTMLElement {
    constructor() {
      super();
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
      this.shadowRoot.append(this.build());
      this.parts = {};
      for (const node of this.shadowRoot.querySelectorAll("[id]")) this.parts[node.id] = node;
      this.parts.human.setAttribute("aria-describedby", "outlook");
      this.drafts = new Map();
      this.unread = 0;
      this.narrow = matchMedia("(max-width: 479px)");
      this.dark = matchMedia("(prefers-color-scheme: dark)");
      this.narrow.onchange = () => this.isOpen && this.raise();
      this.dark.onchange = () => this.paint();
      document.addEventListener("visibilitychange", () => this.chat && this.chat.saw());
      if (window.visualViewport) visualViewport.addEventListener("resize", () => this.paint());
      this.paint();
    }

    build() {
      const button = (name, key, onclick, shape) => el("button" + name, { onclick }, shape && icon(shape), el("span", { "data-say": key }));
      const round = (name, key, onclick, shape) => el("button" + name, { onclick, "data-label": key }, icon(shape));
      const form = (name, onsubmit, ...children) => el("form" + name, { onsubmit: (event) => onsubmit(event.preventDefault()) }, ...children);
      const submit = (node) => Object.assign(node, { type: "submit" });
      const words = (name, key) => el(name, { "data-say": key });
      const rating = (value) => el("label", {}, el("input", { type: "radio", name: "rate", value, required: true }), String(value));
      return el("section#root", { "data-label": "region" },
        el("button#launch.solid", { onclick: () => this.open() }, icon("chat"), words("span", "launch"), el("span#badge", { "aria-hidden": "true" })),
        el("dialog#dialog", { "aria-labelledby": "title", onkeydown: (event) => this.key(event), onclose: () => this.closed() },
          el("header#head", {}, el("h2#title", { tabIndex: -1 }), el("p#state"), button("#human.pill", "human", () => this.human(), "person"),
            round("#close.icon", "close", () => this.close(), "close"), el("p#outlook.small")),
          el("div#scroll", { role: "group", tabIndex: 0, "data-label": "log", onscroll: () => this.isLow && (this.parts.jump.hidden = true) },
            el("div.card", {}, words("h3", "bot"), el("p#core.small")),
            el("div#log", { "data-label": "log" }), el("div#pending"),
            el("section#waiting.card", {}, el("h3#asked"), el("p#queue.small"), el("p#people.small"),
              form("#mail", () => this.post("contact", { email: this.parts.email.value }), el("p#why.small"),
                el("input#email", { type: "email", required: true, autocomplete: "email", "data-label": "email" }), submit(button(".button.solid", "save"))),
              button("#stay.link", "stay", () => this.post("leave", this.parts.input.focus()))),
            el("section#over.card", {}, el("h3#ended"),
              form("#rate", () => this.rate(),
                el("fieldset", {}, words("legend.small", "rate"), el("div#scale", {}, ...[1, 2, 3, 4, 5].map(rating)),
                  el("div.ends.small", {}, words("span", "bad"), words("span", "good"))), el("input#comment", { maxLength: 1000, "data-label": "comment" }), submit(button(".button.solid", "send"))),
              button("#fresh.button.pill", "fresh", () => this.write(this.chat.renew() || ""))),
            el("section#away.card", {}, el("h3#trouble"), el("p#advice.small"), el("div#contact")),
            el("div#suggest", { role: "group", "data-label": "suggestions" })),
          el("footer#bottom", {}, button("#jump.pill.down", "latest", () => this.scrollDown(), "send"), el("p#status", { role: "status" }),
            form("#form", () => this.submit(),
              el("div#box", {}, el("textarea#input", { rows: 1, "aria-describedby": "core", oninput: () => this.typed() }),
                submit(round(".icon.solid", "send", null, "send")))),
            el("div#foot", {}, button("#end", "end", () => this.end()), button("#complain", "complain", () => this.grieve())))));
    }

    get isOpen() {
      return this.parts.dialog.open;
    }

    /** `text`: a draft for the customer to send or change. */
    open(text) {
      if (!this.isOpen) {
        this.unread = 0;
        this.raise();
        this.chat.start();
        this.show();
        this.scrollDown();
        this.chat.saw();
        this.chat.emit("open");
      }
      if (text) this.write(text);
    }

    /** Modal on a phone: focus stays inside, the page behind is inert. */
    raise() {
      const { dialog, input, title } = this.parts;
      dialog.close();
      if (this.narrow.matches) dialog.showModal();
      else dialog.show();
      (this.narrow.matches ? title : input).focus(); // not half a phone of keyboard
    }

    close() {
      this.parts.dialog.close();
    }

    closed() {
      if (this.isOpen) return; // raised anew
      this.show();
      if ([this, document.body].includes(document.activeElement)) this.parts.launch.focus();
      this.chat.emit("close");
    }

    key(event) {
      if (event.isComposing) return;
      if (event.key === "Escape") this.close(event.stopPropagation());
      if (event.key === "Enter" && !event.shiftKey && event.target === this.parts.input) this.submit(event.preventDefault());
    }

    submit() {
      const { input } = this.parts;
      const text = input.value.trim();
      const excess = text.length - MAX_TEXT;
      if (excess > 0) return this.chat.notify(say("long", { n: excess }));
      if (text) this.chat.ask(text);
      this.write("");
    }

    write(text) {
      this.parts.input.value = text;
      this.parts.input.focus();
      this.typed();
    }

    typed() {
      const { input } = this.parts;
      input.style.height = "auto";
      input.style.height = input.scrollHeight + "px";
      const now = Date.now();
      if (this.chat.state !== "human" || !input.value || now - this.told < 3000) return;
      this.told = now;
      this.chat.link.send({ type: "typing" });
    }

    human() {
      this.chat.human();
      this.scrollDown();
    }

    post(type, more) {
      this.chat.post({ type, ...more });
    }

    /** One press may be a mistake. */
    end() {
      const label = this.parts.end.firstChild;
      const restore = () => (label.textContent = say("end"));
      if (label.textContent !== restore()) return this.post("end");
      label.textContent = say("sure");
      setTimeout(restore, 4000);
    }

    rate() {
      const { rate, comment } = this.parts;
      this.post("rate", { value: Number(new FormData(rate).get("rate")), comment: comment.value });
    }

    /** Its id stays until it is acknowledged: sent twice, it is kept once. */
    grieve() {
      const { parts } = this;
      this.shut();
      const id = newId();
      const field = (name, key, props) => el(name, { "aria-label": say(key), placeholder: say(key), ...props });
      const wrong = field("textarea", "what", { rows: 4, maxLength: MAX_TEXT, required: true });
      const email = field("input", "email", { type: "email", autocomplete: "email" });
      const onsubmit = (event) => this.post("complaint", { id, text: wrong.value, email: email.value }, event.preventDefault());
      this.grief = el("section.card", {}, el("h3", {}, say("complain")), el("p.small", {}, say("read")), el("form", { onsubmit }, wrong, email,
        Object.assign(el("button.button.solid", {}, say("file")), { type: "submit" }), el("button.button", { onclick: () => parts.complain.focus(this.shut()) }, say("cancel"))));
      parts.over.after(this.grief);
      wrong.focus();
      this.grief.scrollIntoView({ block: "nearest" });
    }

    shut() {
      if (this.grief) this.grief.remove();
      this.grief = null;
    }

    done(type) {
      const { chat, parts } = this;
      if (type === "contact") chat.reachable = true;
      else if (type === "rate") chat.rated = true;
      else if (type === "complaint") this.shut();
      else return;
      parts.scroll.focus(); // the button that had it is gone
      chat.notify(say(type === "complaint" ? "filed" : "thanks"), 8, "");
    }

    /** History goes in before this; from now on what is added is announced. */
    live() {
      this.isLive = true;
      this.parts.log.setAttribute("role", "log");
    }

    clear() {
      const { log, pending, rate } = this.parts;
      this.isLive = false;
      log.removeAttribute("role");
      for (const node of [log, pending]) node.replaceChildren();
      this.drafts.clear();
      this.unread = 0;
      this.shut();
      rate.reset();
      for (const item of this.chat.outbox) this.pend(item);
      this.show();
    }

    /** An ask without its ack: outside the log, for it may still change. */
    pend(item) {
      this.unpend(item.id);
      const edit = () => (this.write(item.text), this.chat.drop(item));
      const node = el("div.customer.unsent", {}, el("p.text", { dir: "auto" }, item.text), el("p.note.small", {}, el("span", {}, item.failed)));
      if (item.failed) node.lastChild.append(" ", el("button.link", { onclick: edit }, say("edit")));
      this.parts.pending.append(node);
      this.drafts.set(item.id, node);
      this.scrollDown();
    }

    unpend(id) {
      if (this.drafts.has(id)) this.drafts.get(id).remove();
      this.drafts.delete(id);
    }

    append(message) {
      const { log, jump } = this.parts;
      const { author, outcome, id } = message;
      const mine = author === "customer";
      const follow = mine || !this.isLive || this.isLow;
      if (id) this.unpend(id);
      const node = el("article." + author, {}, this.byline(message), this.body(message), this.sources(message), author + outcome === "botanswer" && this.vote(message));
      log.append(node);
      if (this.isLive && !this.isOpen && !mine) this.unread++;
      if (follow) this.scrollDown(node);
      else jump.hidden = false;
    }

    byline({ author, name = say("person"), approved_by, at }) {
      if (author === "system") return null;
      if (author === "customer") return el("span.unseen", {}, say("you"));
      const agent = author === "agent";
      const who = agent ? name : approved_by ? say("approved", { name: approved_by }) : say("assistant");
      return el("p.by", {}, el("span.mark", {}, say(agent ? "being" : "ai")), el("b", {}, who), at && el("time", {}, date(at, time)));
    }

    body({ text, parts = [], citations = [] }) {
      const body = el("p.text", { dir: "auto" }, parts.length ? "" : text);
      for (const part of parts) {
        if (body.lastChild && !/\s$/.test(body.textContent) && !/^\s/.test(part.text)) body.append(" ");
        body.append(part.text);
        const cited = citations.filter(({ n }) => (part.cites || []).includes(n));
        body.append(...cited.map((citation) => this.opener("button.cite", citation, { "aria-label": say("source", citation) }, citation.n)));
      }
      return body;
    }

    sources({ citations = [], generated }) {
      if (!citations.length) return null;
      const key = /quote|tool/.test(generated) ? generated : "sources";
      return el("div.row", { "aria-live": "off" }, el("span.small", {}, say(key)),
        ...citations.map((citation) => this.opener("button.chip", citation, {}, citation.n + " · " + citation.title)));
    }

    opener(name, citation, props, text) {
      return el(name, { ...props, "data-n": citation.n, "aria-expanded": "false", onclick: ({ currentTarget }) => this.cite(currentTarget.closest("article"), citation) }, String(text));
    }

    /** Any of its buttons closes it. */
    cite(article, { n, title, quote, url, updated }) {
      const open = article.querySelector("figure");
      const wanted = !open || open.dataset.n !== String(n);
      if (open) open.remove();
      for (const button of article.querySelectorAll("[data-n]")) button.setAttribute("aria-expanded", String(wanted && button.dataset.n === String(n)));
      if (!wanted) return;
      const href = safeLink(url);
      const figure = el("figure.quote.card", { "data-n": n }, el("h3", { dir: "auto" }, title), el("blockquote.text", { dir: "auto" }, quote),
        el("figcaption.small", {}, updated && el("span", {}, say("updated", { date: date(updated, { dateStyle: "long", timeStyle: href ? undefined : "short" }) })),
          href && el("a.link", { href, target: "_blank", rel: "noopener noreferrer" }, say("page"))));
      article.querySelector(".row").append(figure);
      figure.scrollIntoView({ block: "nearest" });
    }

    vote({ seq }) {
      const said = el("span", { role: "status" });
      const thumbs = [[1, "yes", "up"], [-1, "no", "down"]].map(([value, key, name]) =>
        el("button.icon." + name, { "aria-label": say(key), title: say(key), "aria-pressed": "false", onclick: ({ currentTarget }) => {
          this.post("feedback", { seq, value });
          for (const thumb of thumbs) thumb.ariaPressed = thumb === currentTarget;
          said.textContent = say("thanks");
        } }, icon("thumb")));
      return el("div.by.vote", { "aria-live": "off" }, ...thumbs, said);
    }

    get isLow() {
      const { scrollHeight, scrollTop, clientHeight } = this.parts.scroll;
      return scrollHeight - scrollTop - clientHeight < 60;
    }

    scrollDown(node) {
      const { scroll, jump } = this.parts;
      jump.hidden = true;
      requestAnimationFrame(() => (scroll.scrollTop = node ? node.offsetTop - scroll.offsetTop - 20 : scroll.scrollHeight));
    }

    paint() {
      const { root, dialog } = this.parts;
      root.dataset.theme = this.dark.matches ? "dark" : "light";
      const accent = /^#[\da-f]{6}$/i.test(option.accent) ? option.accent : "#23675a";
      const [r, g, b] = accent.match(/\w\w/g).map((part) => (parseInt(part, 16) / 255) ** 2.2);
      root.style.setProperty("--accent", accent);
      root.style.setProperty("--on", 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff");
      if (window.visualViewport) dialog.style.setProperty("--tall", visualViewport.height + "px"); // less the keyboard
    }

    relabel() {
      const { root, email, comment } = this.parts;
      for (const node of root.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
      for (const node of [root, ...root.querySelectorAll("[data-label]")]) node.setAttribute("aria-label", say(node.dataset.label));
      email.placeholder = say("email");
      comment.placeholder = say("comment");
      root.lang = locale;
      root.dir = /^(ar|dv|fa|he|ps|ur|yi)\b/.test(locale) ? "rtl" : "ltr";
      this.show();
    }

    /** Only where it changed: a live region must not repeat itself. */
    text(node, text) {
      if (node.textContent !== text) node.textContent = text;
      node.hidden = !text;
    }

    show() {
      const { chat, parts } = this;
      const { state, link } = chat;
      const name = chat.agent || say("person");
      const low = this.isLow;
      const lost = link.silence > 3;
      const away = chat.refused || link.silence > 12 || (chat.wantsHuman && lost);
      parts.root.dataset.state = lost ? "away" : state;
      parts.launch.hidden = this.isOpen;
      parts.launch.setAttribute("aria-label", say(this.unread ? "unread" : "open", { n: this.unread }));
      this.text(parts.badge, this.unread ? String(this.unread) : "");
      this.text(parts.title, option.name || chat.name || say("title"));
      this.text(parts.state, lost || away ? say("offline") : state === "human" ? say("talking", { name }) : say(state));
      this.text(parts.core, chat.disclosure || say("core"));
      this.text(parts.outlook, state === "bot" && !chat.asked ? this.people() + this.wait((chat.availability || {}).open && chat.expected) : "");
      parts.form.hidden = state === "closed" || chat.refused;
      parts.foot.hidden = chat.refused;
      parts.end.hidden = !chat.last || state === "closed";
      parts.input.placeholder = parts.input.ariaLabel = say(state === "bot" ? "ask" : "write");
      for (const { id, failed, due } of chat.outbox) {
        const draft = this.drafts.get(id);
        if (draft && !failed) this.text(draft.lastChild.firstChild, say(lost || due ? "unsent" : "sending"));
      }
      this.showWaiting();
      this.showRating();
      this.showAway(away);
      this.showSuggestions(away || state === "closed");
      this.showStatus(name);
      if (low) parts.scroll.scrollTop = parts.scroll.scrollHeight; // whatever has just taken room from the log
    }

    people() {
      const { open, until } = (this.chat.link.up && this.chat.availability) || {};
      if (open) return until ? say("until", { time: moment(until) }) : say("here");
      return open === false ? say("nobody") + " " + this.back() : "";
    }

    back() {
      const { next } = this.chat.availability;
      return next ? say("next", { time: moment(next) }) : "";
    }

    /** How long it takes, where anybody can say. */
    wait(expected) {
      if (!this.chat.link.up || !expected) return "";
      const { estimate_s: s, longer, ahead } = expected;
      const text = longer ? say("longer") : s ? say(s < 60 ? "soon" : "expect", { n: Math.ceil(s / 60) }) : "";
      return (ahead ? " " + say("ahead", { n: ahead }) : "") + (text && " " + text);
    }

    showWaiting() {
      const { chat, parts } = this;
      const { position } = chat.queue || {};
      const absent = chat.link.up && (chat.availability || {}).open === false;
      parts.waiting.hidden = !chat.asked;
      parts.stay.hidden = chat.state !== "waiting";
      parts.mail.hidden = chat.reachable;
      this.text(parts.asked, say(chat.wantsHuman && !chat.link.up ? "will_ask" : absent ? "nobody" : "asked"));
      this.text(parts.queue, position ? say("queue", { n: position }) + this.wait(chat.queue) : "");
      this.text(parts.people, (absent ? this.back() : this.people()) + (chat.reachable && absent ? " " + say("known") : ""));
      this.text(parts.why, say(absent ? "absent" : "why"));
    }

    /** Once a conversation, when it is over or when nobody has said anything for a while. */
    showRating() {
      const { chat, parts } = this;
      const closed = chat.state === "closed";
      const quiet = chat.state === "bot" && !chat.asked && !chat.rated && chat.spoke === "bot" && Date.now() - chat.spokeAt > SILENCE && !parts.input.value;
      const { hidden } = parts.over;
      parts.over.hidden = !(closed || quiet);
      parts.rate.hidden = chat.rated;
      parts.fresh.hidden = !closed;
      this.text(parts.ended, say(closed ? "over" : "sofar"));
      if (hidden && quiet && this.isLow) this.scrollDown();
    }

    /** What a customer needs now must not depend on the server. */
    showAway(away) {
      const { chat, parts } = this;
      const { email = option.email, phone = option.phone, text } = chat.saved.contact || {};
      const { hidden } = parts.away;
      parts.away.hidden = !away;
      this.text(parts.trouble, say(chat.refused ? "refused" : "away"));
      this.text(parts.advice, chat.refused ? "" : say(email || phone || text ? "contact" : "later"));
      if (!away || !hidden) return;
      const link = (scheme, to) => to && el("p", {}, el("a.link", { href: scheme + to.replace(/ /g, "") }, to));
      parts.contact.replaceChildren(link("mailto:", email) || "", link("tel:", phone) || "", el("p.small", {}, text));
    }

    showSuggestions(none) {
      const { chat, parts } = this;
      const texts = none ? [] : chat.suggestions.map((suggestion) => suggestion.text || suggestion);
      if (!none && chat.offer && chat.state === "bot" && !chat.asked) texts.push(say("human"));
      parts.suggest.hidden = !texts.length;
      if (this.suggested === String(texts)) return;
      this.suggested = String(texts);
      const pick = (text) => (text === say("human") ? this.human() : chat.ask(text), parts.input.focus());
      parts.suggest.replaceChildren(...texts.map((text) => el("button.pill", { onclick: () => pick(text) }, text)));
    }

    showStatus(name) {
      const { notice, link, typing, awaiting, hint } = this.chat;
      const { status } = this.parts;
      const busy = link.up ? typing || awaiting.size : link.silence > 1;
      let text = "";
      if (notice) text = notice.text;
      else if (!link.up) text = busy ? say(link.tries ? "lost" : "joining") : "";
      else text = typing ? say("typing", { name }) : awaiting.size ? hint || say("looking") : "";
      this.text(status, text);
      status.hidden = false; // or it would not be read out
      status.className = notice ? notice.look : busy ? "busy" : "";
    }
  }

  // ── Public API
  const listeners = new Map();
  function emit(event, detail) {
    for (const listener of listeners.get(event) || []) {
      try { listener(detail); } catch (error) { console.error(error); } // a page's mistake does not end the chat
    }
  }

  const TAG = "handrail-chat";
  if (!customElements.get(TAG)) customElements.define(TAG, View);
  const view = document.createElement(TAG);
  const chat = (view.chat = new Chat(view, emit));
  const api = {
    version: 1,
    attach: () => view.isConnected || document.body.append(view),
    open: (text) => view.open(text),
    close: () => view.close(),
    toggle: () => (view.isOpen ? view.close() : view.open()),
    identify: (jwt) => chat.identify(jwt),
    logout: () => chat.logout(),
    setLocale: (tag, words) => (use(tag, words), view.relabel()),
    setContext: (context) => Object.assign(chat.context, context),
    on(event, listener) {
      const all = listeners.get(event) || new Set();
      listeners.set(event, all.add(listener));
      return () => all.delete(listener);
    },
    destroy() {
      chat.stop();
      view.remove();
      delete window.Handrail;
    },
    /** Handrail.push(["open"]) works before and after this file has loaded. */
    push: (...commands) => commands.forEach(([name, ...values]) => Object.hasOwn(api, name) && api[name](...values)),
  };

  function begin() {
    api.attach();
    view.relabel();
    view.clear();
    window.Handrail = api;
    if (Array.isArray(earlier)) api.push(...earlier);
    if (option.link) view.open();
    else if (chat.saved.token || chat.outbox.length || chat.wantsHuman) chat.start();
  }
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
})();
