/* Everything by keyboard. Single keys work only while nobody is writing, and can be switched off (WCAG 2.1.4). */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const SINGLE = "handrail:single-keys";
  const list = $("#keys");
  const single = $("#single-keys");
  const press = (selector) => () => { const it = $(selector); if (it && !it.disabled) it.click(); return Boolean(it); };
  const focus = (selector) => () => { const it = $(selector); if (it) it.focus(); return Boolean(it); };
  const open = (selector) => () => {
    const menu = $(selector);
    if (menu) { menu.open = !menu.open; if (!menu.open) $("summary", menu).focus(); }
    return Boolean(menu);
  };

  /* The next or previous row that is shown, from the one the focus is in. */
  const step = (by) => () => {
    const rows = all(".row:not([hidden]) .about");
    if (!rows.length) return false;
    const row = document.activeElement.closest && document.activeElement.closest(".row");
    const at = row ? rows.indexOf($(".about", row)) : by > 0 ? -1 : rows.length;
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    next.focus();
    next.closest(".row").scrollIntoView({ block: "nearest" });
    return true;
  };

  const claimRow = () => {
    const row = document.activeElement.closest && document.activeElement.closest("#list-first .row, #list-open .row");
    const button = $(".act button", row || $("#list-first .row, #list-open .row:not([hidden])") || document.createElement("p"));
    if (button) button.click();
    return Boolean(button);
  };
  const show = (n) => () => { const field = all("#filters [name=show]")[n]; if (field) field.click(); return Boolean(field); };

  const QUEUE = { j: step(1), k: step(-1), c: claimRow, 1: show(0), 2: show(1), 3: show(2), f: focus("#filters [name=about]"), s: press("#tell") };
  const TALK = {
    r: focus("#reply"), n: open(".note-box"), c: press("#claim"), a: press("#approve"), e: press("#edit"), x: open("#reject"),
    t: open("#menu-on"), w: open("#menu-close"), b: open("#menu-block"), m: focus("#thread"), p: focus("#packet"), q: press(".back"),
    "/": focus("#article-search"),
  };
  const KEYS = { ...($("#talk") ? TALK : QUEUE), v: open("#presence"), "?": () => { list.showModal(); return true; } };

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    const writes = field.matches && field.matches("textarea, select, input:not([type=radio], [type=checkbox])");
    if (event.key === "Escape" && writes && !field.closest("details.menu[open], dialog") && !$("#canned:not([hidden])")) { field.blur(); return; }
    if (writes || (list && list.open) || (event.key !== "?" && localStorage.getItem(SINGLE) === "off")) return;
    const act = KEYS[event.key];
    if (act && act()) event.preventDefault();
  });

  document.addEventListener("click", (event) => { if (event.target.closest("[data-keys-open]")) list.showModal(); });
  if (single) {
    single.checked = localStorage.getItem(SINGLE) !== "off";
    single.addEventListener("change", () => localStorage.setItem(SINGLE, single.checked ? "on" : "off"));
  }
})();
