// @ts-check
// Find clips: by words, by likeness to others, or because those like them are labelled otherwise.
/** @import {App, View} from "./app.js" */
/** @import {Space} from "./data.js" */
import { choice, h, percent, plural, said, title, to } from "./dom.js";
import { named } from "./data.js";
import { clipCard, clipIn, clipPanel, showFrames, tie, titleOf } from "./clip.js";
import { keepBar, selectionList, selectionsOf, tick } from "./selections.js";
import { conceptText } from "./rail.js";

const SENSES = /** @type {Record<string, string>} */ ({ audio: "by sound", video: "by sight" });
const STEP = 24; // clips that a list shows at a time

/** Clips to tick, with what can be done with them above. @param {App} app @param {ArrayLike<number>} items @param {string} link ends in "?" or "&"
 * @param {(item: number) => import("./dom.js").Kid|import("./dom.js").Kid[]} [words] what to say of each
 * @param {Space} [space] whose cluster they are shown as part of */
export function grid(app, items, link, words = () => null, space) {
  const cards = h("div.clips"), more = h("button", { onclick: () => show() });
  const ticked = new Set(app.chosen);
  function show() {
    const from = cards.childElementCount, some = Array.from(items).slice(from, from + STEP);
    cards.append(...some.map((item, i) => {
      const card = clipCard(app, item, { order: from + i + 1, of: items.length, space, link: `${link}clip=${item}`, spaces: space ? app.data.others(space) : app.data.spaces });
      const box = h("input", { type: "checkbox", checked: ticked.has(item), onchange: () => tick(app, item, box.checked) });
      card.append(h("p.fine.links", words(item)), h("p.fine.links", h("label.check", box, " Tick"), app.data.prints?.length ? to(`like?of=${item}`, "More like this") : null));
      return card;
    }));
    const left = items.length - cards.childElementCount;
    more.hidden = left <= 0;
    more.textContent = `Show ${Math.min(left, STEP)} more of ${left}`;
  }
  show();
  return h("div.found", items.length ? keepBar(app, items) : null, cards, more);
}

/** @type {WeakMap<object, string>} */
const asked = new WeakMap();

/** Which clips have all words in their path or labels. @param {App} app @param {string[]} words @param {string[]} paths */
function clipsWith(app, words, paths) {
  const { data } = app, items = [], lower = data.labels.map((label) => String(label).toLowerCase());
  for (let item = 0; item < data.count; item++) {
    const path = paths[item].toLowerCase(), labels = data.labelsOf(item);
    const has = (/** @type {string} */ word) => { for (let i = 0; i < labels.length; i++) if (lower[labels[i]].includes(word)) return true; return path.includes(word); };
    if (words.every(has)) items.push(item);
  }
  return items;
}

/** What a cluster is called. @param {App} app @param {import("./types.js").Cluster} cluster */
const nameOf = (app, cluster) => (cluster.concepts.length ? conceptText(app, cluster, 1) : (cluster.words || []).join(", "));

/** @param {App} app @param {string} text @param {string[]} paths */
function results(app, text, paths) {
  const { data } = app, words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const has = (/** @type {string} */ name) => words.every((word) => name.toLowerCase().includes(word));
  const clusters = data.spaces.flatMap((space) => space.clusters.filter((c) => has(`${space.title} #${c.id} ${nameOf(app, c)}`)).map((c) => h("li", tie(space, c.id), " ", said(nameOf(app, c)), h("span.num", plural(c.size, "clip")))));
  const labels = data.labels.map((label, i) => [label, i]).filter(([label]) => has(String(label))).map(([label, i]) => h("li", to(`label/${i}`, said(String(label)))));
  const items = clipsWith(app, words, paths), most = 12;
  const part = (/** @type {string} */ name, /** @type {HTMLElement[]} */ rows) => (rows.length ? h("section", h("h2", name, h("span.num", rows.length > most ? `${most} of ${rows.length}` : rows.length)), h("ul.plain", rows.slice(0, most))) : null);
  return [part("Labels", labels), part("Clusters", clusters),
    h("section", h("h2", "Clips", h("span.num", items.length)), items.length ? grid(app, items, "find?") : h("p.empty", "No clip has these words in its path or its label."))];
}

/** @param {App} app @param {URLSearchParams} query @returns {View} */
export function findPage(app, query) {
  const { data } = app, heading = title("Find"), found = h("div.found");
  if (app.mode.blind) return app.lost("Names and labels are hidden while you rate blind; switch blind off to search them.");
  const input = h("input", { type: "search", value: asked.get(data) || "", "aria-label": "Words in labels, paths and names of clusters", placeholder: "words in labels, paths, names of clusters" });
  async function search() {
    asked.set(data, input.value);
    const nodes = results(app, input.value, await data.paths());
    found.replaceChildren(...nodes.filter((node) => node !== null));
    const told = found.querySelector(":scope > :last-child h2")?.textContent;
    if (told) app.say(told);
  }
  const item = clipIn(query), count = data.suspects?.length || 0;
  return { title: "Find", heading, node: h("div.page", heading,
    h("form.bar", { role: "search", onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); search(); } }, input, h("button.first", { onclick: search }, "Search")),
    item >= 0 && item < data.count ? clipPanel(app, item, "find") : null,
    found, count ? h("section", h("h2", "Perhaps mislabelled"), h("p", to("suspects", `${plural(count, "clip")} labelled otherwise than clips like them`))) : null,
    selectionList(app)), shown: () => { if (input.value) search(); } };
}

/** @param {App} app @param {number} at */
function printsOf(app, at) {
  const print = app.data.prints?.[at];
  if (!print) throw new Error(`no vectors ${at}`);
  return print;
}

/** How alike every clip is to some, as cosines with the mean of their directions. @param {App} app @param {number} at @param {number[]} items */
function likeness(app, at, items) {
  const { dim, vectors, lengths } = printsOf(app, at), middle = new Float32Array(dim), alike = new Float32Array(app.data.count);
  for (const item of items) for (let d = 0; d < dim; d++) middle[d] += vectors[item * dim + d] / (lengths[item] || 1);
  const length = Math.hypot(...middle) || 1;
  for (let item = 0; item < alike.length; item++) {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += vectors[item * dim + d] * middle[d];
    alike[item] = sum / (length * (lengths[item] || 1));
  }
  return alike;
}

/** The clips most alike to some, by one encoder or the mean of all (-1). @param {App} app @param {number[]} items @param {number} at @param {number} most
 * @returns {[number, number][]} [item, cosine] */
export function alikeTo(app, items, at, most) {
  const prints = app.data.prints || [], each = (at < 0 ? [...prints.keys()] : [at]).map((one) => likeness(app, one, items)), given = new Set(items);
  const alike = each[0].map((_, item) => each.reduce((sum, one) => sum + one[item], 0) / each.length);
  const order = Array.from(alike.keys()).filter((item) => !given.has(item)).sort((a, b) => alike[b] - alike[a] || a - b);
  return order.slice(0, most).map((item) => [item, alike[item]]);
}

/** @param {App} app @param {number} at */
const senseOf = (app, at) => { const { name, modality } = printsOf(app, at), alone = app.data.prints?.filter((one) => one.modality === modality).length === 1; return alone ? SENSES[modality] : `by ${name.replace(/_/g, " ")}`; };

/** The clips nearest to one, on each sense, as rows of pictures. @param {App} app @param {number} item */
export function likeRows(app, item) {
  if (!app.data.prints?.length) return null;
  return h("div.alike", app.data.prints.map(({ modality }, at) => h("div", { class: `film-row ${modality}` },
    h("p.fine", to(`like?of=${item}&by=${at}`, `Like this ${senseOf(app, at)}`)),
    h("div.thumbs", alikeTo(app, [item], at, 5).map(([other]) => {
      const thumb = h("a.thumb", { href: `#like?of=${item}&by=${at}&clip=${other}`, "aria-label": titleOf(app, other) });
      app.host.media(other).then((media) => { if (media.strip && app.mode.picture) showFrames(thumb, media); else thumb.append(h("span", titleOf(app, other))); }, () => undefined);
      return thumb;
    })))));
}

/** @param {App} app @param {URLSearchParams} query @returns {View} */
export function likePage(app, query) {
  const { data } = app, prints = data.prints || [], from = query.get("selection"), [name, set] = [...selectionsOf(app)][Number(from ?? -1)] || [];
  const of = Number(query.get("of") ?? -1), items = set ? [...set] : of >= 0 && of < data.count ? [of] : [];
  if (!prints.length) return app.lost("This explorer holds no features: they were deleted, or there are too many clips; in Python, like_these(features, items) finds clips like these.");
  if (!items.length) return app.lost("Like which clip? Open one, and follow “Like this” there.");
  const by = query.get("by") === null ? (prints.length > 1 ? -1 : 0) : Math.min(prints.length - 1, Number(query.get("by"))), many = Number(query.get("n")) || STEP;
  const start = `like?${set ? `selection=${from}` : `of=${of}`}`, link = (/** @type {number} */ at, /** @type {number} */ n) => `${start}&by=${at}&n=${n}`;
  const found = alikeTo(app, items, by, many), cosine = new Map(found), heading = title("Like ", set ? said(name) : said(titleOf(app, of)));
  const ways = /** @type {[string, string][]} */ ([...(prints.length > 1 ? [["-1", "by both"]] : []), ...prints.map((_, at) => [String(at), senseOf(app, at)])]);
  const counts = h("select", { "aria-label": "How many clips", onchange: () => app.go(link(by, Number(counts.value))) },
    [STEP, 100, 500, 2000, 10000].filter((n, i) => !i || n < data.count).map((n) => h("option", { value: n, selected: n === many }, `${n} nearest`)));
  const item = clipIn(query);
  return { title: "Clips like these", heading, node: h("div.page",
    h("p.eyebrow", h("span", set ? `Like the ${plural(items.length, "clip")} of a selection` : "Like one clip")), heading,
    h("div.bar", choice(`by-${app.id}`, "Alike", ways, String(by), (value) => app.go(link(Number(value), many))), counts,
      set ? null : to(`like?of=${of}&clip=${of}`, "The clip itself"), h("p.fine", "Nearest in the encoders' features, most alike first; 1 is the same direction.")),
    item >= 0 && item < data.count ? clipPanel(app, item, link(by, many)) : null,
    grid(app, found.map(([one]) => one), `${link(by, many)}&`, (one) => `${(cosine.get(one) || 0).toFixed(4)} alike`)) };
}

/** @param {App} app @param {URLSearchParams} query @returns {View} */
export function suspectsPage(app, query) {
  const { data } = app, rows = data.suspects || [], heading = title("Perhaps mislabelled");
  if (!named(app)) return app.lost("Labels are hidden, or there are none: no clip can be labelled otherwise.");
  if (!rows.length) return app.lost("No clip is labelled otherwise than most of those like it.");
  const of = new Map(rows.map((row) => [row.item, row])), item = clipIn(query);
  const words = (/** @type {number} */ one) => { const row = /** @type {typeof rows[0]} */ (of.get(one)); return [h("span", "Neighbours say ", said(data.labels[row.label]), ": "),
    ...row.shares.map(([own, other], at) => h("span", { class: `legend ${printsOf(app, at).modality}` }, `${senseOf(app, at)} ${percent(other)} (own ${percent(own)})`))]; };
  return { title: "Perhaps mislabelled", heading, node: h("div.page", heading,
    h("p.lede", `${plural(rows.length, "clip")} whose nearest clips have another label more often than its own, on all senses together; the most suspicious first. Look, tick what is wrong, and give it a name.`),
    item >= 0 && item < data.count ? clipPanel(app, item, "suspects") : null,
    grid(app, rows.map((row) => row.item), "suspects?", words)) };
}
