/* The number of messages that nobody has seen, on the page's own icon.
 *
 * Laws: the icon is the page's: ours lies over it and is taken away. It is a picture, so it is there only where the page
 * has asked for it. What may not be read of another origin is left out, and the number stands alone.
 */
import { el } from "./kit.js";

const SIZE = 32;
const own = el("link", { rel: "icon" });

export function badge(n) {
  const icons = [...document.querySelectorAll('link[rel~="icon"]')].filter((each) => each !== own);
  const last = icons.pop();
  own.remove();
  if (!n) return last && last.after(last.cloneNode()), last && last.remove(); // or some browsers keep ours
  const below = new Image();
  below.crossOrigin = "anonymous";
  below.onload = below.onerror = ({ type }) => {
    own.href = drawn(type === "load" && below, n > 9 ? "9+" : n);
    document.head.append(own);
  };
  below.src = last ? last.href : "/favicon.ico";
}

function drawn(below, text) {
  const canvas = el("canvas", { width: SIZE, height: SIZE });
  const pen = canvas.getContext("2d");
  if (below) pen.drawImage(below, 0, 0, SIZE, SIZE);
  pen.fillStyle = "#a3261c";
  pen.beginPath();
  pen.arc(20, 12, 12, 0, 7);
  pen["fill"]();
  Object.assign(pen, { fillStyle: "#fff", font: "bold 17px sans-serif", textAlign: "center" });
  pen.fillText(text, 20, 18);
  return canvas.toDataURL();
}
