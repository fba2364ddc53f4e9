/* The one element that stands on the page: above everything on it, and outside of what it swaps, moves or transforms.
 *
 * Laws: it stands beside the body, or where the page has made a place for it, which pages replace; taken out, it comes back as it was. It is in the browser's top
 * layer, so that no transform, filter or zoom of the page moves it. Focus that the page takes out of it is taken back;
 * a page that insists is made to wait (modal) until the chat is closed.
 */
import { shield } from "../dom/shield.js";
import { option } from "../snippet.js";
import { sheet } from "../style/theme.js";

const inline = option["inline"];
const AWAY = 500; // milliseconds within which a step out of the chat was the customer's own

export class Host {
  constructor(view) {
    this.view = view;
    this.left = this.stolen = 0;
    this.over = new AbortController();
    const node = (this.node = document.createElement("handrail-chat"));
    if (inline) node.setAttribute("inline", "");
    else node.popover = "manual";
    node.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet()];
    node.shadowRoot.append(view.root);
    shield(node, this.over.signal, () => (this.left = Date.now()));
    view.root.addEventListener("focusout", (event) => this.onLeave(event));
    view.root.addEventListener("click", ({ target }) => this.hold(target));
    this.keeper = new MutationObserver(() => setTimeout(() => this.attach()));
  }

  attach() {
    const { node, view, keeper } = this;
    if (this.over.signal.aborted || node.isConnected) return;
    const top = document.documentElement;
    const place = inline ? document.querySelector(inline) : top;
    for (const each of [document, top]) keeper.observe(each, { childList: true, subtree: !!inline });
    if (!place) return;
    place.append(node);
    if (node.showPopover && !inline) node.showPopover();
    view.theme.paint();
    if (view.isOpen) view.dialog.raise(false, true);
  }

  remove() {
    this.over.abort();
    this.node.remove();
  }

  onLeave({ relatedTarget, target }) {
    const { dialog, isOpen } = this.view;
    const own = !relatedTarget || this.node.shadowRoot.contains(relatedTarget) || Date.now() - this.left < AWAY;
    if (own || !isOpen || dialog.isModal) return;
    const often = Date.now() - this.stolen < AWAY;
    this.stolen = Date.now();
    setTimeout(() => {
      if (often) dialog.raise(true);
      target.focus();
    });
  }

  /** A field that was pressed and has not got the focus: something on the page holds it. */
  hold(field) {
    if (!field.matches("input, textarea") || this.hasFocus) return;
    this.view.dialog.raise(true);
    field.focus();
  }

  get hasFocus() {
    return document.activeElement === this.node;
  }
}
