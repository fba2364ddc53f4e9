/* Elements.
 *
 * Law: a string becomes text. Nothing here, and nothing anywhere in the widget, reads markup.
 */

/** el("p#id.class", properties or attributes, …children) */
export function el(name, props = {}, ...children) {
  const [, tag, id, classes] = /^(\w+)#?(\w*)\.?(.*)$/.exec(name);
  const node = document.createElement(tag);
  if (id) node.id = id;
  if (classes) node.className = classes.replace(/\./g, " ");
  if (tag === "button") node.type = tag;
  for (const [key, value] of Object.entries(props)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

/** Only where it changed: a live region must not repeat itself. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}
