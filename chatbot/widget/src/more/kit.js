/* What the first file lends to this one, on the element that loads it. */
export const { kit, view } = document.currentScript;
export const {
  MAX_TEXT, TIME, button, date, day, direction, el, form, frames, icon, iconButton, isOlder, newId, option, safeLink, say, serverAddress,
  setText, sheet, submitButton, words,
} = kit;
