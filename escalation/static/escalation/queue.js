/* The queue: filters that live in the address, and a sign when somebody new waits. Rows come over the desk's socket;
   a push puts each new row in its place and touches no other. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const filters = $("#filters");
  const fields = () => Object.fromEntries(new FormData(filters));
  const title = document.title;

  /* ── Filters ────────────────────────────────────────────────────────────── */

  function fits(row, { show, about, reason }) {
    const list = row.parentElement.dataset.list;
    if (list === "first") return true;  // nobody filters away a customer with priority
    const [kind, value] = [about.slice(0, about.indexOf(":")), about.slice(about.indexOf(":") + 1)];
    if (show === "mine" && list !== "mine") return false;
    if (show === "unassigned" && list !== "open" && list !== "drafts") return false;
    if (kind && row.dataset[kind] !== value) return false;
    return !reason || row.dataset.reason === reason;
  }

  /* Hide what does not fit, and count what does; `only` narrows it to rows that have just come. */
  function apply(only) {
    const wanted = fields();
    const rows = all("[data-row]");
    (only || rows).forEach((row) => { row.hidden = !fits(row, wanted); });
    all(".rows").forEach((list) => { $("#count-" + list.dataset.list).textContent = list.querySelectorAll(":scope > :not([hidden])").length; });
    const filtered = Boolean(wanted.show || wanted.about || wanted.reason);
    const visible = rows.filter((row) => !row.hidden).length;
    $("#shown").textContent = filtered ? `${visible} of ${rows.length}` : "";
    $("#clear").hidden = !filtered;
    const waiting = $("#list-first").children.length + $("#list-open").children.length;
    document.title = waiting ? `(${waiting}) ${title}` : title;
  }

  function remember() {
    const chosen = new URLSearchParams(Object.entries(fields()).filter(([, value]) => value));
    history.replaceState(null, "", location.pathname + (chosen.size ? "?" + chosen : ""));
    apply();
  }

  new URLSearchParams(location.search).forEach((value, name) => {
    const field = filters.elements[name];
    if (field) field.value = value;
    if (field instanceof HTMLSelectElement && field.selectedIndex < 0) field.value = "";
  });
  filters.addEventListener("change", remember);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(() => { remember(); $("input", filters).focus(); }));

  /* ── Somebody new waits ─────────────────────────────────────────────────── */

  const tell = $("#tell");
  const KEY = "handrail:tell";
  const wants = () => localStorage.getItem(KEY) === "on";
  const show = () => tell.setAttribute("aria-pressed", String(wants()));
  let audio = null;

  tell.addEventListener("click", async () => {
    localStorage.setItem(KEY, wants() ? "off" : "on");
    show();
    if (!wants()) return;
    chime();
    if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission();
  });

  /* Two soft notes, made here: no file, and nothing plays before it was asked for. */
  function chime() {
    audio = audio || new AudioContext();
    [660, 880].forEach((pitch, n) => {
      const [note, volume, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime + n * 0.16];
      note.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.12, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
      note.connect(volume).connect(audio.destination);
      note.start(at);
      note.stop(at + 0.32);
    });
  }

  function announce(rows) {
    if (!rows.length || !wants()) return;
    chime();
    if (!("Notification" in window) || Notification.permission !== "granted" || document.visibilityState === "visible") return;
    const [first] = rows;
    const words = rows.length > 1 ? `${rows.length} customers` : $(".who", first).firstChild.textContent.trim();
    const shown = new Notification(`${words} waiting`, { body: $(".why", first).textContent, tag: "handrail-desk" });
    shown.onclick = () => { window.focus(); shown.close(); };
  }

  document.addEventListener("desk:arrived", ({ detail }) => {
    apply(detail.rows);
    const list = (row) => row.parentElement.dataset.list;
    const waits = (row) => ["first", "open", "drafts"].includes(list(row));
    const isNew = (row) => !detail.known.has(row.id) || (list(row) === "first" && detail.known.get(row.id) !== "first");
    announce(detail.rows.filter((row) => isNew(row) && waits(row) && "ours" in row.dataset));
  });

  show();
  apply();
})();
