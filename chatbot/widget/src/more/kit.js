/* What the first file lends to this one, on the element that loads it. */
export const { kit, view } = document.currentScript;
export const {
  MAX_TEXT, SHAPES, TIME, back, bring, button, date, day, el, form, frames, icon, iconButton, isOlder, newId, option, people, safeLink, say,
  serverAddress, setText, sheet, submitButton, wait, words,
} = kit;
