/* The second file begins: its parts join those that are there, and are brought in line with them.
 *
 * Law: it comes after a first answer, when something of it is wanted. It does everything through what it was lent.
 */
import { Bell } from "./bell.js";
import { Complaint } from "./complaint.js";
import { Consent } from "./consent.js";
import { Files } from "./files.js";
import { greet } from "./greeting.js";
import { option, sheet, view } from "./kit.js";
import css from "./more.css";
import { Past } from "./past.js";
import { popOut } from "./popout.js";
import { Rating } from "./rating.js";
import { Wire } from "./wire.js";

const { shadowRoot } = view.host.node;
shadowRoot.adoptedStyleSheets = [...shadowRoot.adoptedStyleSheets, sheet(css)];
const { link } = view.chat;
link.spare = Wire;
if (link.tries > 1 && !link.up) {
  link.tries = 1; // the other way is new: no long pause before it
  link.redial();
}
view.complaint = new Complaint(view);
view.bell = new Bell(view);
view.rating = new Rating(view);
popOut(view);
if (option["greeting"]) greet(view);
view.grow(view.bell, view.rating, new Past(view), new Consent(view), new Files(view));
