/* The line above the box: what is happening now.
 *
 * Law: it is a live region, so it is empty rather than hidden: what is hidden is not read out.
 */
import { el, setText } from "../dom/element.js";
import { say } from "../words/words.js";

export class Status {
  constructor(view) {
    this.view = view;
    this.node = el("p#status", { role: "status" });
  }

  get text() {
    const { chat, name } = this.view;
    const { notice, link, typing } = chat;
    if (notice) return notice.text;
    if (!link.up) return this.isBusy ? say(link.tries ? "lost" : "joining") : "";
    if (typing) return say("typing", { name });
    return this.isBusy ? chat.hint || say("looking") : "";
  }

  get isBusy() {
    const { link, typing, awaiting } = this.view.chat;
    return link.up ? typing || awaiting.size : link.silence > 1;
  }

  show() {
    const { notice } = this.view.chat;
    setText(this.node, this.text);
    this.node.hidden = false;
    this.node.className = notice ? notice.look : this.isBusy ? "busy" : "";
  }
}
