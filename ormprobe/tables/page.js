"use strict";
const table = document.getElementById("runs");
const runs = [...table.tBodies];
const words = document.getElementById("words");
const number = document.getElementById("number");
const none = document.getElementById("none");
const selects = [...document.querySelectorAll("#filters select")];
const order = new Intl.Collator("en", { numeric: true });
const texts = new Map();

function textOf(run) {
  if (!texts.has(run)) texts.set(run, run.textContent.toLowerCase());
  return texts.get(run);
}

for (const select of selects) {
  const key = select.dataset.key;
  const seen = new Map();
  for (const run of runs) {
    const value = run.dataset[key];
    seen.set(value, (seen.get(value) || 0) + 1);
  }
  select.add(new Option("any " + key, "*"));
  for (const value of [...seen.keys()].sort(order.compare))
    select.add(new Option((value || "none") + " (" + seen.get(value) + ")", "=" + value));
  select.hidden = seen.size < 2;
}

function filter() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const set = selects.filter((select) => select.value !== "*");
  for (const select of selects) select.classList.toggle("set", set.includes(select));
  let shown = 0;
  for (const run of runs) {
    const fits =
      set.every((select) => "=" + run.dataset[select.dataset.key] === select.value) &&
      wanted.every((word) => textOf(run).includes(word));
    run.hidden = !fits;
    shown += fits;
  }
  number.textContent = shown === runs.length ? shown + " runs" : shown + " of " + runs.length + " runs";
  none.hidden = shown > 0;
}

function sort(header) {
  const column = header.cellIndex;
  const down = header.getAttribute("aria-sort") === "ascending";
  for (const other of header.parentNode.cells) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const keys = new Map();
  for (const run of runs) {
    const cell = run.rows[0].cells[column];
    keys.set(run, "value" in cell.dataset ? cell.dataset.value : cell.textContent);
  }
  runs.sort((a, b) => {
    const [one, two] = [keys.get(a), keys.get(b)];
    if (!one !== !two) return one ? -1 : 1;
    return down ? order.compare(two, one) : order.compare(one, two);
  });
  table.append(...runs);
}

function toggle(run) {
  const button = run.querySelector(".open");
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", open);
  run.rows[1].hidden = !open;
}

table.addEventListener("click", (event) => {
  const header = event.target.closest("thead th");
  if (header) return sort(header);
  const row = event.target.closest("tr.run");
  if (row && !String(getSelection())) toggle(row.parentNode);
});
let waiting = 0;
words.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(filter, 120);
});
document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("filters").addEventListener("change", filter);
document.getElementById("filters").addEventListener("reset", () => setTimeout(filter));
for (const button of document.querySelectorAll("[data-cause]:not(tbody)"))
  button.addEventListener("click", () => {
    for (const select of selects) select.value = "*";
    words.value = "";
    const cause = document.querySelector("select[data-key=cause]");
    cause.value = "=" + button.dataset.cause;
    if (cause.selectedIndex < 0) cause.value = "*";
    filter();
    document.getElementById("all-runs").scrollIntoView();
  });
filter();
