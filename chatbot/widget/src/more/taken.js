/* What was given besides messages has been taken: an address, a rating, a complaint.
 *
 * Law: it is thanked for once the server has it, not before.
 */
import { frames, say } from "./kit.js";

export function listen(view) {
  frames.ok = (chat, { for: what, number }) => {
    if (!/^(contact|rate|complaint)$/.test(what)) return;
    if (what === "rate") chat.rated = true;
    if (what === "complaint") view.complaint.reset();
    if (what === "contact") {
      chat.reachable = true;
      view.line.reset();
    }
    view.scroll.node.focus(); // the button that had it is gone
    chat.notify(say(what === "complaint" ? "filed" : "thanks", { n: number }), 8, "");
  };
}
