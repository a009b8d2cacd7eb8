// Search, families and frameworks: what is looked for is in the address, so that a view can be linked.
"use strict";
const query = document.getElementById("query");
const family = document.getElementById("family");
const boxes = [...document.querySelectorAll(".columns input")];
const articles = [...document.querySelectorAll("article")];
const plain = (text) => text.toLowerCase().replace(/[\s_.]/g, "").replace(/(?<=\w{2})[123]d/g, "");

for (const article of articles) {
  article.names = article.dataset.names.split(" ").map(plain);
  article.text = article.textContent.toLowerCase();
}

function show() {
  const word = query.value.trim().toLowerCase();
  const name = plain(word);
  let shown = 0;
  for (const article of articles) {
    const named = name && article.names.some((other) => other.includes(name));
    const fits = (!word || named || article.text.includes(word)) && (!family.value || article.dataset.family === family.value);
    article.hidden = !fits;
    shown += fits;
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = ![...section.querySelectorAll("article")].some((article) => !article.hidden);
  }
  const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  for (const cell of document.querySelectorAll(".cell")) cell.hidden = !wanted.has(cell.dataset.column);
  document.getElementById("count").textContent = `${shown} of ${articles.length} patterns`;
  document.getElementById("nothing").hidden = shown > 0;
  const view = new URLSearchParams();
  if (word) view.set("q", query.value.trim());
  if (family.value) view.set("family", family.value);
  if (wanted.size < boxes.length) view.set("columns", [...wanted].join(","));
  const search = view.toString();
  try {
    history.replaceState(null, "", (search ? `?${search}` : location.pathname) + location.hash);
  } catch {
    // A page that is read from a file may not change its address in every browser.
  }
}

const view = new URLSearchParams(location.search);
query.value = view.get("q") ?? "";
family.value = view.get("family") ?? "";
if (view.has("columns")) {
  const wanted = view.get("columns").split(",");
  for (const box of boxes) box.checked = wanted.includes(box.value);
}
query.addEventListener("input", show);
family.addEventListener("input", show);
for (const box of boxes) box.addEventListener("input", show);
show();
