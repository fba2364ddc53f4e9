/* Whether an answer helped: two thumbs, of which one is pressed; of one that did not, why, and a person instead.
 *
 * Laws: it can be changed at any time, and is thanked for where it stands. The thumb counts without a reason. Answers
 * that were there before get theirs too.
 */
import { el, icon, say } from "./kit.js";

const THUMBS = [[1, "yes", "up"], [-1, "no", "down"]];

const REASONS = ["beside", "false", "unclear"];

export class Votes {
  constructor(view) {
    this.view = view;
  }

  show() {
    const { chat, log } = this.view;
    for (const node of log.node.querySelectorAll(".vote:empty")) node.append(...vote(Number(node.dataset["seq"]), chat));
  }
}

function vote(seq, chat) {
  const said = el("span", { role: "status" });
  const why = el("div.row", { role: "group", "aria-label": say("fault"), hidden: true });
  const tell = (value, reason) => {
    chat.post("feedback", { seq, value, reason });
    why.hidden = value > 0 || !!reason;
    said.textContent = say(why.hidden ? "thanks" : "fault");
    why.scrollIntoView({ block: "nearest" });
  };
  const cast = (value, pressed) => {
    for (const each of thumbs) each.ariaPressed = each === pressed;
    tell(value);
  };
  const thumbs = THUMBS.map((thumb) => button(thumb, cast));
  const pill = (words, onclick) => el("button.pill", { onclick }, words);
  const give = (reason) => {
    tell(-1, reason);
    thumbs[1].focus(); // the button that had it is gone
  };
  why.append(...REASONS.map((reason) => pill(say(reason), () => give(reason))), pill(say("human"), () => chat.view.requestHuman()));
  return [...thumbs, said, why];
}

function button([value, key, name], cast) {
  return el("button.icon." + name, {
    "aria-label": say(key),
    title: say(key),
    "aria-pressed": "false",
    onclick: ({ currentTarget }) => cast(value, currentTarget),
  }, icon("thumb"));
}
