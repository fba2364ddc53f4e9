/* The dialog: open, raised and closed.
 *
 * Laws: on a phone it is modal, so that focus stays inside and the page behind is inert; elsewhere the page stays in
 * reach, unless it takes the focus out of the chat. Escape closes it, and focus goes back to the launcher.
 */
import { el } from "../dom/element.js";
import { option } from "../snippet.js";

export class Dialog {
  constructor(view) {
    const { header, scroll, status, composer, footer } = view;
    const bottom = el("footer#bottom", {}, scroll.jump, status.node, composer.node, footer.node);
    this.view = view;
    this.node = el("dialog#dialog", {
      "aria-labelledby": "title",
      onkeydown: (event) => this.onKey(event),
      onclose: () => this.onClose(),
    }, header.node, scroll.node, bottom);
    // The second press of a double click does nothing: by then something else may stand there.
    this.node.addEventListener("click", (event) => event.detail > 1 && event.preventDefault(event.stopPropagation()), true);
    this.bottom = bottom;
  }

  /** `modal`: the page is made to wait. `quiet`: the focus stays where it is. */
  raise(modal, quiet) {
    const { header, composer, theme } = this.view;
    const { node } = this;
    node.close();
    if ((theme.narrow || modal) && !theme.stays) node.showModal();
    else if (quiet) node.open = true;
    else node.show();
    if (quiet) return;
    (theme.narrow ? header.title : composer.input).focus(); // not half a phone of keyboard
    if (!this.view.host.hasFocus && !this.isModal && !theme.stays) this.raise(true); // the page holds it
  }

  get isModal() {
    return this.node.matches(":modal");
  }

  /** Where there is little height, what stands below the box scrolls along. */
  reshape() {
    const { footer, scroll, theme, isOpen } = this.view;
    (/short/.test(theme.shape) ? scroll.node : this.bottom).append(footer.node);
    if (isOpen && !theme.stays && theme.narrow !== this.isModal) this.raise(false, true);
  }

  onClose() {
    const { view } = this;
    if (view.isOpen) return; // raised anew
    view.chat.keep({ open: false });
    view.show();
    if ([view.host.node, document.body].includes(document.activeElement)) view.launcher.focus();
    view.chat.emit("close");
  }

  leavePast() {
    delete this.node.dataset["past"];
    this.view.scroll.node.focus();
  }

  onKey(event) {
    if (event.isComposing || event.key !== "Escape") return;
    event.stopPropagation();
    if (this.node.dataset["past"]) event.preventDefault(), this.leavePast();
    else if (option.full || option["inline"]) event.preventDefault();
    else this.node.close();
  }
}
