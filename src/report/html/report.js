(() => {
  "use strict";
  const by = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll(".rows>li")];
  const parts = [...document.querySelectorAll(".part")];
  const boxes = [...document.querySelectorAll("fieldset input")];
  const find = by("find"), unfold = by("unfold");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const apply = () => {
    const words = find.value.toLowerCase().split(/\s+/);
    const off = new Set(boxes.filter((box) => !box.checked).map((box) => box.id.slice(5)));
    let shown = 0;
    rows.forEach((row, place) => {
      row.hidden = off.has(row.className) || !words.every((word) => texts[place].includes(word));
      shown += row.hidden ? 0 : 1;
    });
    for (const part of parts) part.hidden = !part.querySelector(".rows>li:not([hidden])");
    by("shown").textContent = `${shown} of ${rows.length} shown`;
  };
  const openAll = (open) => rows.forEach((row) => { row.firstElementChild.open = open; });
  const reveal = () => {
    const target = location.hash.length > 1 && by(location.hash.slice(1));
    if (!target || !target.matches(".rows>li")) return;
    target.firstElementChild.open = true;
    if (target.hidden) {
      find.value = "";
      boxes.forEach((box) => { box.checked = true; });
      apply();
    }
    target.scrollIntoView();
  };
  by("tools").hidden = false;
  find.addEventListener("input", apply);
  boxes.forEach((box) => box.addEventListener("change", apply));
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-pressed") === "false";
    unfold.setAttribute("aria-pressed", String(open));
    openAll(open);
  });
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => openAll(true));
  apply();
  reveal();
})();
