// @ts-check
// Rater mode: one cluster after the other, blind, in an order of the rater's own; kept here, exported as JSON.
/** @import {App, View} from "./app.js" */
/** @import {Space} from "./data.js" */
import { choice, download, h, plural, title } from "./dom.js";
import { clipCard } from "./clip.js";

const FORMAT = "xdc-lab-ratings";
/** @typedef {{clustering: string, cluster: number, coherent: string, name: string, note: string}} Rating */
/** @typedef {{format: string, version: number, run: string, rater: string, ratings: Rating[]}} Ratings */

/** @param {any} json @param {App} app @returns {Ratings} */
function checked(json, app) {
  if (!json || json.format !== FORMAT || json.version !== 1 || !Array.isArray(json.ratings)) throw new Error("This is no ratings file.");
  if (json.run !== app.data.run.id) throw new Error(`These ratings are of another run (${String(json.run).slice(0, 80)}).`);
  const ratings = json.ratings.filter((/** @type {any} */ r) => r && app.data.spaces.some((s) => s.name === r.clustering && s.byId.has(r.cluster))
    && ["yes", "no", "unsure", ""].includes(r.coherent)).map((/** @type {any} */ r) => ({ clustering: r.clustering, cluster: r.cluster, coherent: r.coherent,
    name: String(r.name || "").slice(0, 500), note: String(r.note || "").slice(0, 5000) }));
  return { format: FORMAT, version: 1, run: json.run, rater: String(json.rater || "").slice(0, 200), ratings };
}

/** Reads what this browser kept. @param {App} app @returns {Ratings} */
export function loadRatings(app) {
  const kept = app.host.storage.get(`ratings ${app.data.run.id}`);
  try {
    if (kept) return checked(JSON.parse(kept), app);
  } catch (error) {
    app.say(`The ratings that were kept here cannot be read: ${error}`);
  }
  return { format: FORMAT, version: 1, run: String(app.data.run.id), rater: "", ratings: [] };
}

/** Names a cluster that was chosen, not rated blind; its note says so. @param {App} app @param {string} clustering @param {number} cluster @param {string} name */
export function nameCluster(app, clustering, cluster, name) {
  const ratings = loadRatings(app), now = ratings.ratings.find((row) => row.clustering === clustering && row.cluster === cluster);
  if (now) now.name = name;
  else ratings.ratings.push({ clustering, cluster, coherent: "", name, note: "named on its own page, not blind" });
  app.host.storage.set(`ratings ${app.data.run.id}`, JSON.stringify(ratings));
}

/** A rater's own order of all clusters: the same each time, another for another name. @param {App} app @param {string} rater */
function sequence(app, rater) {
  let state = 2166136261;
  for (const sign of `${app.data.run.id} ${rater}`) state = Math.imul(state ^ (sign.codePointAt(0) || 0), 16777619);
  const next = () => { state = Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9 | 0; return (state >>> 0) / 4294967296; };
  const all = app.data.spaces.flatMap((space) => space.clusters.filter((c) => c.size).map((c) => ({ space, id: c.id, at: next() })));
  return all.sort((a, b) => a.at - b.at);
}

/** @param {App} app @param {URLSearchParams} query @returns {View} */
export function ratePage(app, query) {
  const ratings = loadRatings(app), order = sequence(app, ratings.rater);
  const heading = title("Does it cohere?");
  if (!order.length) return { title: "Rate", heading, node: h("div.page", heading, h("p.empty", "There is no cluster with clips to rate.")) };
  const found = (/** @type {Space} */ space, /** @type {number} */ id) => ratings.ratings.find((r) => r.clustering === space.name && r.cluster === id);
  const open = order.findIndex(({ space, id }) => !found(space, id)?.coherent), asked = query.has("n") ? Number(query.get("n")) : (open < 0 ? 0 : open) + 1;
  const at = Math.max(0, Math.min(order.length - 1, (asked || 1) - 1)), { space, id } = order[at], cluster = space.byId.get(id);
  const now = found(space, id) || { clustering: space.name, cluster: id, coherent: "", name: "", note: "" };
  const all = query.get("with") === "all", own = { audio: "Audio alone", video: "Video alone", both: "" }[space.modality], rest = all ? "&with=all" : "";
  const picture = all || space.modality !== "audio", sound = all || space.modality !== "video";
  const blind = /** @type {App} */ ({ ...app, mode: { blind: true, picture, sound } });
  const done = () => ratings.ratings.filter((r) => r.coherent).length;
  const progress = h("span", `${done()} of ${order.length} rated`);
  function keep(/** @type {Partial<Rating>} */ change) {
    Object.assign(now, change);
    if (!ratings.ratings.includes(now)) ratings.ratings.push(now);
    save();
    progress.textContent = `${done()} of ${order.length} rated`;
  }
  const save = () => app.host.storage.set(`ratings ${app.data.run.id}`, JSON.stringify(ratings));
  const name = h("input", { type: "text", value: now.name, maxlength: 500, autocomplete: "off", oninput: () => keep({ name: name.value }) });
  const note = h("textarea", { rows: 1, maxlength: 5000, oninput: () => keep({ note: note.value }) }, now.note);
  const rater = h("input", { type: "text", value: ratings.rater, maxlength: 200, autocomplete: "off", onchange: () => { ratings.rater = rater.value; save(); } });
  const file = h("input", { type: "file", accept: "application/json,.json", class: "away", tabindex: -1, "aria-label": "Ratings file",
    onchange: () => { const chosen = file.files?.[0]; if (chosen) read(chosen); } });
  async function read(/** @type {File} */ chosen) {
    try {
      const other = checked(JSON.parse(await chosen.text()), app);
      app.host.storage.set(`ratings ${app.data.run.id}`, JSON.stringify(other));
      app.refresh();
      app.say(`${plural(other.ratings.length, "rating")} of ${other.rater || "somebody"} read.`);
    } catch (error) {
      app.say(error instanceof SyntaxError ? "This file is no JSON." : String(error instanceof Error ? error.message : error), true);
    }
  }
  const step = (/** @type {number} */ by, /** @type {string} */ words) => h("button", { disabled: at + by < 0 || at + by >= order.length,
    class: by > 0 ? "first" : null, onclick: () => app.go(`rate?n=${at + by + 1}${rest}`) }, words);
  const items = cluster ? cluster.nearest : [];
  return { title: `Rate, cluster ${at + 1} of ${order.length}`, heading, node: h("div", { class: `page wide rate ${space.modality}` },
    h("p.eyebrow", h("span", `Cluster ${at + 1} of ${order.length}`), own ? choice(`senses-rated-${app.id}`, "What is played", [["", own], ["&with=all", "Audio and video"]], rest, (value) => app.go(`rate?n=${at + 1}${value}`)) : h("span", "audio and video"), progress),
    heading, h("p.fine", "Names, numbers and ranks are hidden, and the order is your own. To name a cluster that you have in mind, open its own page."),
    h("form.rating", { onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
      choice(`coherent-${app.id}`, "Is this cluster coherent?", [["yes", "Yes"], ["no", "No"], ["unsure", "Unsure"]], now.coherent, (value) => keep({ coherent: value })),
      h("label", "A name for it", name), h("label", "Note", note),
      h("div.group", step(-1, "Back"), step(1, "Next cluster"))),
    h("div.clips", items.map((item, i) => clipCard(blind, item, { order: i + 1, of: items.length, link: null, spaces: [] }))),
    h("section", h("h2", "Your ratings"), h("div.rating", h("label", "Your name, for the file", rater),
      h("div.group", h("button", { onclick: () => download(`ratings-${ratings.rater.replace(/\W+/g, "-") || "anonymous"}.json`, new Blob([JSON.stringify(ratings, null, 1)], { type: "application/json" })) }, "Export as JSON"),
        h("button", { onclick: () => file.click() }, "Import"), file)),
    h("p.fine", app.host.storage.kept ? "Kept in this browser as you go; an import replaces them. In Python, read_ratings and kappa_table take the files."
      : "This browser keeps nothing here: export before you leave."))) };
}
