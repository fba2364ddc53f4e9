/* The second file begins: its parts join those that are there, and are brought in line with them.
 *
 * Laws: it comes after a first answer, when something of it is wanted. It does everything through what it was lent. What
 * only it says is put in for `__WORDS__` as it is served, in every language, so that it is the same file on every site.
 */
/* global __WORDS__ */
import { Bell } from "./bell.js";
import { Complaint } from "./complaint.js";
import { Consent } from "./consent.js";
import { End } from "./end.js";
import { Files } from "./files.js";
import { greet } from "./greeting.js";
import { SHAPES, bring, option, sheet, view } from "./kit.js";
import { Line } from "./line.js";
import css from "./more.css";
import { Past } from "./past.js";
import { popOut } from "./popout.js";
import { Rating } from "./rating.js";
import { listen } from "./taken.js";
import { Votes } from "./vote.js";
import { Wire } from "./wire.js";

bring(__WORDS__);
const { shadowRoot } = view.host.node;
shadowRoot.adoptedStyleSheets = [...shadowRoot.adoptedStyleSheets, sheet(css)];
const { link } = view.chat;
link.spare = Wire;
if (link.tries > 1 && !link.up) {
  link.tries = 1; // the other way is new: no long pause before it
  link.redial();
}
Object.assign(SHAPES, {
  clip: "M20 11l-8 8a5 5 0 0 1-7-7l8-8a3.5 3.5 0 0 1 5 5l-8 8a2 2 0 0 1-3-3l7-7",
  thumb: "M7 11v9H4v-9zM7 11l4-7c2 0 3 2 2 6h6c1 0 2 1 2 2l-2 8H7",
});
listen(view);
view.complaint = new Complaint(view);
view.end = new End(view);
view.bell = new Bell(view);
view.line = new Line(view);
popOut(view);
if (option["greeting"]) greet(view);
view.grow(view.end, view.bell, view.line, view.complaint, new Votes(view), new Rating(view), new Past(view), new Consent(view), new Files(view));
