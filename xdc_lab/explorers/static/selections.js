// @ts-check
// Selections: clips under a name, kept in the browser, joined, taken out again, and exported as a CSV that xdc-lab reads.
/** @import {App, View} from "./app.js" */
import { bytes } from "./data.js";
import { download, h, plural, said, title, to } from "./dom.js";
import { clipIn, clipPanel } from "./clip.js";
import { grid } from "./search.js";

/** @typedef {Map<string, Set<number>>} Selections */

/** @type {WeakMap<object, Selections>} */
const known = new WeakMap();
let lastName = "";

/** @param {App} app */
const place = (app) => `selections ${app.data.run.id}`;

/** One bit a clip, as base64: 240,000 clips are 40 kB. @param {Set<number>} items @param {number} count */
function pack(items, count) {
  const bits = new Uint8Array((count + 7) >> 3);
  for (const item of items) bits[item >> 3] |= 1 << (item & 7);
  let text = "";
  for (const byte of bits) text += String.fromCharCode(byte);
  return btoa(text);
}

/** @param {string} text @param {number} count */
function unpack(text, count) {
  const bits = bytes(text), items = new Set();
  for (let item = 0; item < count; item++) if (bits[item >> 3] & (1 << (item & 7))) items.add(item);
  return items;
}

/** The selections of this run, read once. @param {App} app @returns {Selections} */
export function selectionsOf(app) {
  const { data } = app, there = known.get(data), own = there || new Map();
  if (there) return own;
  known.set(data, own);
  try {
    const kept = JSON.parse(app.host.storage.get(place(app)) || "null");
    if (kept?.count === data.count) for (const [name, text] of Object.entries(kept.bits)) own.set(name, unpack(text, data.count));
  } catch (error) {
    app.say(`The selections that were kept here cannot be read: ${error}`);
  }
  return own;
}

/** Replaces all selections, as the notebook says. @param {App} app @param {Record<string, number[]>} given */
export function setSelections(app, given) {
  const own = selectionsOf(app);
  own.clear();
  for (const [name, items] of Object.entries(given)) own.set(name, new Set(items));
  save(app, true);
}

/** @param {App} app @param {boolean} [told] the host knows of it */
export function save(app, told) {
  const own = selectionsOf(app), { count } = app.data;
  try {
    app.host.storage.set(place(app), JSON.stringify({ count, bits: Object.fromEntries([...own].map(([name, items]) => [name, pack(items, count)])) }));
  } catch {
    app.say("This browser keeps no more: export your selections before you leave.", true);
  }
  for (const list of app.root.querySelectorAll(".kept")) list.replaceWith(selectionList(app));
  if (!told) app.host.keep?.(Object.fromEntries([...own].map(([name, items]) => [name, [...items]])));
}

/** Puts clips into a selection, or takes them out: those of them that are ticked, or all, or the first so many. @param {App} app @param {ArrayLike<number>} items */
export function keepBar(app, items) {
  const own = selectionsOf(app), list = `selections-${app.id}-${Math.random().toString(36).slice(2)}`;
  const many = h("input.many", { type: "number", min: 1, max: items.length, value: items.length, "aria-label": "How many of them, from the first on" });
  const first = () => { const n = Math.round(Number(many.value)); return n > 0 && n < items.length ? Array.from(items).slice(0, n) : items; };
  const ticked = () => { const chosen = new Set(app.chosen), some = Array.from(items).filter((item) => chosen.has(item)); return some.length ? some : null; };
  const what = h("span"), done = h("span.fine"), names = h("datalist", { id: list });
  const name = h("input", { type: "text", list, value: lastName, onfocus: () => name.select(), maxlength: 80, placeholder: "name of a selection", autocomplete: "off", "aria-label": "Name of a selection" });
  const count = () => { const some = ticked(); what.replaceChildren(...(some ? [`The ${some.length} ticked`] : items.length === 1 ? ["This clip"] : ["First ", many, ` of ${plural(items.length, "clip")}`])); };
  const refill = () => names.replaceChildren(...[...own.keys()].map((one) => h("option", { value: one })));
  function put(/** @type {boolean} */ adds) {
    const key = name.value.trim(), some = ticked() || first(), before = own.get(key)?.size || 0;
    if (!key) { done.textContent = "Give it a name first."; app.say("Give it a name first."); name.focus(); return; }
    const set = own.get(key) || new Set();
    for (let i = 0; i < some.length; i++) if (adds) set.add(some[i]); else set.delete(some[i]);
    if (set.size) own.set(key, set); else own.delete(key);
    lastName = key;
    save(app);
    refill();
    if (some.length < items.length) untick(app, some);
    done.replaceChildren(`${plural(Math.abs(set.size - before), "clip")} ${adds ? "added to" : "taken out of"} `, set.size ? to(`selection/${[...own.keys()].indexOf(key)}`, said(key), ` (${set.size})`) : said(key));
    app.say(done.textContent || "");
  }
  count();
  refill();
  return h("form.keep", { onticked: count, onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); put(true); } }, what, name, names,
    h("button", { onclick: () => put(true) }, "Add"), h("button", { onclick: () => put(false) }, "Take out"), done);
}

/** Ticks or unticks one clip. @param {App} app @param {number} item @param {boolean} ticked */
export function tick(app, item, ticked) {
  const chosen = new Set(app.chosen);
  if (ticked) chosen.add(item); else chosen.delete(item);
  app.select([...chosen]);
  for (const bar of app.root.querySelectorAll(".keep")) bar.dispatchEvent(new CustomEvent("ticked"));
}

/** What is done with needs no tick any more: else the next list would be about it. @param {App} app @param {ArrayLike<number>} items */
function untick(app, items) {
  const done = new Set(Array.from(items));
  app.select(app.chosen.filter((item) => !done.has(item)));
  for (const box of app.root.querySelectorAll(".clip")) {
    const input = /** @type {HTMLInputElement|null} */ (box.querySelector("input[type=checkbox]"));
    if (input && done.has(Number(/** @type {HTMLElement} */ (box).dataset.item))) input.checked = false;
  }
  for (const bar of app.root.querySelectorAll(".keep")) bar.dispatchEvent(new CustomEvent("ticked"));
}

/** @param {string} cell */
const quoted = (cell) => (/[,"\r\n]/.test(cell) ? `"${cell.replace(/"/g, "\"\"")}"` : cell);

/** The CSV of a selection: an items table. @param {App} app @param {string} name @param {Iterable<number>} items */
export async function csvOf(app, name, items) {
  const { data } = app, paths = await data.paths(), seconds = (/** @type {ArrayLike<number>|null} */ of, /** @type {number} */ i) => (of && !Number.isNaN(of[i]) ? String(Number(of[i].toPrecision(7))) : "");
  const several = Boolean(data.items.several), escaped = (/** @type {number} */ code) => (several ? data.labels[code].replace(/[\\;]/g, "\\$&") : data.labels[code]);
  const rows = [...items].sort((a, b) => a - b).map((item) => [paths[item], seconds(data.starts, item), seconds(data.ends, item),
    Array.from(data.labelsOf(item), escaped).join("; "), name].map(quoted).join(","));
  return [`path,start_seconds,end_seconds,${several ? "labels" : "label"},selection`, ...rows, ""].join("\n");
}

/** @param {App} app @param {string} name */
async function exportOne(app, name) {
  const items = selectionsOf(app).get(name);
  if (!items) return;
  download(`${name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "selection"}.csv`, new Blob([await csvOf(app, name, items)], { type: "text/csv" }));
  app.say(`${plural(items.size, "clip")} exported.`);
}

/** All selections in short. @param {App} app */
export function selectionList(app) {
  const own = [...selectionsOf(app)];
  return h("section.kept", h("h2", "Your selections", h("span.num", own.length ? plural(own.length, "selection") : "none yet")),
    own.length ? h("ul.plain.selections", own.map(([name, items], i) => h("li", to(`selection/${i}`, said(name)), h("span.num", plural(items.size, "clip")),
      h("button", { onclick: () => exportOne(app, name), "aria-label": `Export ${name} as CSV` }, "Export as CSV"))))
      : h("p.fine", "Search, or draw a lasso on the maps, or open a cluster; then give what you found a name. Tick clips to take some of them only."),
    h("p.fine", app.host.storage.kept ? "Kept in this browser." : "This browser keeps nothing here: export before you leave."));
}

/** @param {App} app @param {number} at @param {URLSearchParams} query @returns {View} */
export function selectionPage(app, at, query) {
  const own = selectionsOf(app), [name, set] = [...own][at] || [];
  if (name === undefined || !set) return app.lost("There is no such selection in this browser; they are listed under Find.");
  const items = [...set].sort((a, b) => a - b), heading = title(said(name)), link = `selection/${at}?`, item = clipIn(query);
  const rename = h("input", { type: "text", value: name, maxlength: 80, "aria-label": "New name" });
  function renamed() {
    const key = rename.value.trim();
    if (!key || key === name) return;
    const entries = [...own].map(([old, some]) => /** @type {[string, Set<number>]} */ (old === name ? [key, new Set([...some, ...(own.get(key) || [])])] : [old, some]));
    own.clear();
    entries.forEach(([key, some]) => own.set(key, new Set([...(own.get(key) || []), ...some])));
    save(app);
    app.go("find");
  }
  const remove = () => { own.delete(name); save(app); app.go("find"); };
  const file = `${name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "selection"}.csv`;
  return { title: `Selection ${name}`, heading, node: h("div.page",
    h("p.eyebrow", h("span", "Selection"), h("span", plural(items.length, "clip"))), heading,
    h("div.bar", h("button.first", { onclick: () => exportOne(app, name) }, "Export as CSV"),
      h("button", { onclick: () => { app.select(items); app.go("maps"); } }, "Show on the maps"),
      app.data.prints?.length ? to(`like?selection=${at}`, "More like these") : null,
      h("span.group", rename, h("button", { onclick: renamed }, "Rename"), h("button", { onclick: remove }, "Delete"))),
    h("p.fine", "Throw them out: ", h("code", `xdc-lab pretrain --data COLLECTION --without ${file}`), ", or keep nothing else: ", h("code", `--only ${file}`), "; check, evaluate and sample take both, too."),
    h("p.fine", "Join it with another: add its clips under the other's name."),
    item >= 0 && item < app.data.count ? clipPanel(app, item, link.slice(0, -1)) : null,
    grid(app, items, link)) };
}
