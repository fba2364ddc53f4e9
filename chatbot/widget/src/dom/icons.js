/* Icons, drawn in the colour of their words.
 *
 * Law: each stands beside a word or on a control that has a name, and is itself silent.
 */
const SVG = "http://www.w3.org/2000/svg";
export const SHAPES = {
  bubble: "M4 5h16v12h-8l-5 4v-4H4zM8 9h8M8 13h5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
  person: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c1-9 15-9 16 0",
};

export function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS(SVG, tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}
