/* Whom the customer is talking to, how long a person takes, and the way to one.
 *
 * Law: "Talk to a human" is never disabled and never hidden.
 */
import { button, iconButton } from "../dom/controls.js";
import { el, setText } from "../dom/element.js";
import { option } from "../snippet.js";
import { say } from "../words/words.js";
import { people, wait } from "./outlook.js";

export class Header {
  constructor(view) {
    this.view = view;
    this.title = el("h2#title", { tabIndex: -1 });
    this.state = el("p#state");
    this.outlook = el("p#outlook.small");
    const human = button("#human.pill", "human", () => view.requestHuman(), "person");
    const close = iconButton("#close.icon", "close", () => view.close(), "close");
    human.setAttribute("aria-describedby", "outlook");
    this.node = el("header#head", {}, this.title, this.state, human, close, this.outlook);
  }

  show() {
    const { chat } = this.view;
    setText(this.title, option.name || chat.name || say("title"));
    setText(this.state, this.stateText());
    setText(this.outlook, this.outlookText());
    this.outlook.hidden = !chat.isWithBot; // its row is there before its words
  }

  outlookText() {
    const { chat } = this.view;
    const { open } = chat.availability || {};
    return chat.isWithBot ? people(chat) + wait(chat, open && chat.expected) : "";
  }

  stateText() {
    const { chat, name } = this.view;
    if (chat.isLost || chat.isAway) return say("offline");
    return chat.state === "human" ? say("talking", { name }) : say(chat.state);
  }
}
