/* Files to a person: chosen, dropped or pasted, where the site takes them.
 *
 * Laws: what may be sent the server says, and only while a person is there; to the assistant it is said that it cannot read
 * them. A file that is not taken is told of with the reason; one that is lost on its way is sent again under the same name.
 */
import { el, iconButton, newId, option, say, serverAddress } from "./kit.js";

const KINDS = "image/jpeg,image/png,image/webp,image/gif,application/pdf";
const AGAIN = 3; // times that a file is sent before it is given up

export class Files {
  constructor(view) {
    this.view = view;
    const { composer, dialog } = view;
    this.field = el("input", { type: "file", accept: KINDS, hidden: true, onchange: () => this.take(this.field.files) });
    this.way = iconButton("#attach.icon", "attach", () => this.field.click(), "clip");
    composer.input.before(this.field, this.way);
    composer.input.addEventListener("paste", (event) => this.hand(event, event.clipboardData));
    dialog.node.addEventListener("dragover", (event) => event.preventDefault());
    dialog.node.addEventListener("drop", (event) => this.hand(event, event.dataTransfer));
  }

  hand(event, { files }) {
    if (!files[0]) return;
    event.preventDefault();
    this.take(files);
  }

  async take([file]) {
    const { chat } = this.view;
    this.field.value = "";
    if (!chat.files) return chat.notify(say("blind"), 8, "");
    chat.notify(say("upload", { name: file.name }), 60, "");
    const told = await this.send(file, newId(), AGAIN);
    chat.notice = null;
    if (told.type === "error") chat.notify(told.text || say("wrong"));
    this.view.show();
  }

  /** The server's answer; a repeated name is kept once. */
  async send(file, id, times) {
    const { conversation, token } = this.view.chat.saved;
    const body = new FormData();
    const said = { site: option.site, conversation, token, identity: this.view.chat.identity || "", id };
    for (const [name, value] of Object.entries(said)) body.append(name, value);
    body.append("file", file);
    try {
      const reply = await fetch(serverAddress("/w/v1/files"), { method: "POST", body, credentials: "omit" });
      return await reply.json();
    } catch {
      if (times < 2) return { type: "error" };
      await new Promise((then) => setTimeout(then, 2000));
      return this.send(file, id, times - 1);
    }
  }

  show() {
    this.way.hidden = !this.view.chat.files;
  }
}
