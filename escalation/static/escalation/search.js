"use strict";
// Choosing many: one box for all, and how many are chosen in words.
(() => {
  const every = document.getElementById("every");
  if (!every) return;
  const boxes = [...document.querySelectorAll('[name="conversation"]')];
  const told = document.getElementById("chosen");
  const all = told.textContent;
  function count() {
    const n = boxes.filter((box) => box.checked).length;
    every.checked = n === boxes.length;
    every.indeterminate = n > 0 && n < boxes.length;
    told.textContent = n ? `${n} chosen` : all;
  }
  every.addEventListener("change", () => { boxes.forEach((box) => { box.checked = every.checked; }); count(); });
  boxes.forEach((box) => box.addEventListener("change", count));
  count();
})();
