/* Light or dark as the page or the customer's system says, in the site's accent, at the place and of the size that the
 * page gives it, as large as its text, as tall as the keyboard leaves room.
 *
 * Laws: what stands on the accent is black or white, whichever can be read. A length of the style sheet is a share of
 * the text's size (`--u`, a sixteenth), which is the larger of the browser's own and the page's. What is narrow or short
 * is measured, for neither the page's zoom nor its media queries are ours.
 */
import { option } from "../snippet.js";
import css from "./widget.css";

/** The style sheet; all but hairlines grows with the text. */
export const sheet = (rules = css) => {
  const made = new CSSStyleSheet();
  made.replaceSync(rules.replace(/(-?[\d.]+)px/g, (length, n) => (n > 2 || n < 0 ? `calc(${n}*var(--u))` : length)));
  return made;
};

const ACCENT = /^#[\da-f]{6}$/i.test(option.accent) ? option.accent : "#23675a";
const [NARROW, SLIM, SHORT] = [480, 320, 480]; // in sixteenths of the text's size

/** Relative luminance; above 0.18 black has more contrast than white. */
function isLight(colour) {
  const [r, g, b] = colour.match(/\w\w/g).map((part) => (parseInt(part, 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18;
}

const [full, inline, scheme] = [option["full"], option["inline"], option["theme"]];

/** Numbers of an option as lengths: "20 80". */
const lengths = (style, text, ...names) =>
  (String(text).match(/\d+/g) || []).slice(0, 2).forEach((n, at) => style.setProperty(names[at], `calc(${n}*var(--u))`));

export class Theme {
  constructor(root, dialog, reshape) {
    Object.assign(this, { root, dialog, reshape, dark: matchMedia("(prefers-color-scheme: dark)") });
    this.dark.onchange = () => this.paint();
    visualViewport.addEventListener("resize", () => this.paint());
    new ResizeObserver(() => this.paint()).observe(root);
    lengths(root.style, option.offset, "--x", "--y");
    lengths(root.style, option["size"], "--w", "--h");
    root.dataset["side"] = option["side"];
    root.style.setProperty("--accent", ACCENT);
    root.style.setProperty("--on", isLight(ACCENT) ? "#000" : "#fff");
  }

  paint() {
    const { root, dialog, dark, shape } = this;
    const unit = parseFloat(getComputedStyle(root).fontSize) / 16;
    root.dataset["theme"] = /^(dark|light)$/.test(scheme) ? scheme : dark.matches ? "dark" : "light";
    root.style.setProperty("--u", unit + "px");
    dialog.style.setProperty("--tall", (100 * visualViewport.height * visualViewport.scale) / innerHeight + "%");
    const [wide, high] = [root.clientWidth / unit, root.clientHeight / unit];
    this.narrow = full || wide < NARROW;
    this.stays = inline;
    this.shape = (full ? "full " : "") + (inline ? "inline " : "") + (this.narrow ? "narrow " : "") + (wide < SLIM ? "slim " : "") + (high < SHORT ? "short" : "");
    root.dataset["shape"] = this.shape;
    if (shape !== this.shape) this.reshape();
  }
}
