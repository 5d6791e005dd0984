// @ts-check
// The pages of a cluster, of what two clusters share, and of a label's journey.
/** @import {App, View} from "./app.js" */
/** @import {Space} from "./data.js" */
import { brief, capital, choice, count, h, percent, plural, said, share, title, to } from "./dom.js";
import { labelled, named, shared, spread } from "./data.js";
import { elsewhere } from "./record.js";
import { clipIn, clipPanel, tie } from "./clip.js";
import { givenName, nameField, namesLine } from "./names.js";
import { clusterWords, conceptText, purityMark } from "./rail.js";
import { grid } from "./search.js";

const MOST = 10;

/** @param {App} app @param {Space} space @param {number} id @param {URLSearchParams} query @returns {View} */
export function clusterPage(app, space, id, query) {
  const { data } = app, cluster = space.byId.get(id);
  if (!cluster) return app.lost(`There is no ${space.title} cluster ${id}; they run from 0 to ${space.k - 1}.`);
  const known = named(app), link = `${space.key}/${id}`;
  const tab = /** @type {"nearest"|"farthest"|"random"|"all"} */ (["farthest", "random", "all"].includes(query.get("tab") || "") ? query.get("tab") : "nearest");
  const item = clipIn(query), items = tab === "all" ? space.members(id).slice().sort((a, b) => space.distance[a] - space.distance[b]) : cluster[tab];
  const at = space.clusters.findIndex((c) => c.id === id), before = space.clusters[at - 1], after = space.clusters[at + 1];
  const heading = h("h1", { tabindex: -1, class: "concepts" }, h("span.away", `${capital(space.title)} cluster ${id}: `));
  if (known && cluster.concepts.length) {
    heading.append(...cluster.concepts.slice(0, 3).map(([label, part], i) => h("span", { class: `concept c${i}` },
      to(`label/${label}`, said(brief(data.labels[label]))), h("span.num", share(part)))));
  } else heading.append(givenName(app, space, cluster)?.text || `${capital(space.title)} #${id}`);
  return { title: clusterWords(app, space, cluster), heading, open: [space, id], node: h("div", { class: `page ${space.modality}` },
    h("p.eyebrow", h("span", `${capital(space.title)} cluster #${id}`),
      known ? h("span", `rank ${cluster.rank} of ${space.k}`) : null, nameField(app, space, cluster),
      h("span.steps", before ? to(`${space.key}/${before.id}`, "previous") : null,
        after ? to(`${space.key}/${after.id}`, "next") : null)),
    heading, namesLine(app, space, cluster),
    known ? facts(cluster) : h("p.facts", plural(cluster.size, "clip")),
    ties(app, space, id), elsewhere(app, space.members(id)),
    item >= 0 && item < data.count ? clipPanel(app, item, link) : null,
    cluster.size === 0 ? h("p.empty", "This cluster has no clips.") : [
      h("div.bar", choice(`tab-${app.id}`, "Which clips", [["nearest", `${Math.min(MOST, cluster.size)} nearest`], ["farthest", "Farthest"], ["random", "Random"], ["all", `All ${count(cluster.size)}`]],
        tab, (value) => app.go(value === "nearest" ? link : `${link}?tab=${value}`)),
      h("p.fine", { nearest: "In order of the distance to the centroid.", farthest: "The edge of the cluster, farthest first.",
        random: "Drawn once, with the run's seed.", all: "All clips, nearest to the centroid first." }[tab])),
      grid(app, items, `${link}?${tab === "nearest" ? "" : `tab=${tab}&`}`, undefined, space)]) };
}

/** @param {import("./types.js").Cluster} c */
function facts(c) {
  const fact = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ [...more]) =>
    h("div", h("dt", name), h("dd", value, more.length ? h("span.fine", ` ${more.join("")}`) : null));
  return h("div.facts", purityMark(c), h("dl",
    fact("clips", count(c.size), ""),
    c.purity === null ? null : fact("purity", share(c.purity), c.low === null ? "" : `95%: ${share(c.low)} to ${share(c.high)}`),
    c.chance === null ? null : fact("by chance", share(c.chance), "at this size"),
    c.entropy === null ? null : fact("entropy", c.entropy.toFixed(1), "bits"),
    c.agreement === null ? null : fact("agreement", share(c.agreement), ""),
    c.distance === null ? null : fact("distance", share(c.distance), "")));
}

/** Where the clips of a cluster go in the other spaces. @param {App} app @param {Space} space @param {number} id */
function ties(app, space, id) {
  const members = space.members(id);
  if (!members.length) return null;
  return app.data.others(space).map((other) => {
    const pairs = spread(members, other);
    return h("section", { class: `ties ${other.modality}`, "aria-label": `The same clips in ${other.title} clusters` },
      h("h2", `${other.modality === "video" ? "Seen" : other.modality === "audio" ? "Heard" : "Put"} in ${plural(pairs.length, `${other.title} cluster`)}`),
      bars(app, other, pairs.slice(0, 4), members.length, (to) => `pair/${space.key}.${id}/${other.key}.${to}`));
  });
}

/** @param {App} app @param {Space} space @param {[number, number][]} pairs @param {number} total @param {(id: number) => string} link */
export function bars(app, space, pairs, total, link) {
  return h("ol", { class: `bars ${space.modality}` }, pairs.map(([id, n]) => {
    const cluster = space.byId.get(id), known = named(app) && cluster?.concepts.length;
    return h("li", { "--part": n / total }, to(link(id),
      h("span.id", `#${id}`), h("span.main", known && cluster ? said(app.data.labels[cluster.concepts[0][0]]) : ""),
      h("span.num", percent(n / total))));
  }));
}

/** @param {App} app @param {string} one "a.105" @param {string} two "v.27" @param {URLSearchParams} query @returns {View} */
export function pairPage(app, one, two, query) {
  const ends = [one, two].map((end) => { const [key, id] = end.split("."); return { space: app.data.space(key), id: Number(id) }; });
  const [a, b] = ends;
  if (!a.space?.byId.has(a.id) || !b.space?.byId.has(b.id)) return app.lost("There is no such pair of clusters.");
  const { space: left } = a, { space: right } = b;
  const items = shared(left, a.id, right, b.id), link = `pair/${one}/${two}`;
  const words = `${left.title} #${a.id} and ${right.title} #${b.id}`;
  const heading = title(`In both ${left.title} #${a.id} and ${right.title} #${b.id}`);
  const part = (/** @type {Space} */ s, /** @type {number} */ id) => h("li", tie(s, id), ` ${percent(items.length / Math.max(1, s.members(id).length))} of its ${plural(s.members(id).length, "clip")}`,
    named(app) ? [": ", said(conceptText(app, /** @type {import("./types.js").Cluster} */ (s.byId.get(id))))] : null);
  const item = clipIn(query);
  return { title: `${plural(items.length, "clip")} in both ${words}`, heading, node: h("div.page",
    h("p.eyebrow", h("span", plural(items.length, "shared clip"))), heading,
    h("ul.plain", part(left, a.id), part(right, b.id)),
    item >= 0 && item < app.data.count ? clipPanel(app, item, link) : null,
    items.length ? grid(app, items, `${link}?`) : h("p.empty", "They share no clip.")) };
}

/** @param {App} app @param {number} label @param {URLSearchParams} query @returns {View} */
export function labelPage(app, label, query) {
  const { data } = app;
  if (!data.hasLabels) return app.lost("These clips have no labels to follow.");
  if (app.mode.blind) return app.lost("Labels are hidden: switch blind off to follow one.");
  if (!(label in data.labels)) return app.lost("There is no such label in this run.");
  const items = labelled(data, label), heading = h("h1", { tabindex: -1, class: "concepts" }, h("span.away", "Journey of a label: "), said(data.labels[label]));
  const picker = h("select", { "aria-label": "Label", onchange: () => app.go(`label/${picker.value}`) },
    data.labels.map((words, i) => [words, i]).sort((x, y) => String(x[0]).localeCompare(String(y[0]))).map(([words, i]) =>
      h("option", { value: i, selected: i === label }, String(words).slice(0, 80))));
  const item = clipIn(query), out = data.space(query.get("out") || ""), way = out ? `label/${label}?out=${out.key}` : `label/${label}`;
  const most = new Map(data.spaces.map((space) => [space, spread(items, space)[0]?.[0] ?? -1])), outside = (/** @type {Space} */ space) => items.filter((one) => space.of[one] !== most.get(space));
  return { title: `Journey of ${data.labels[label]}`, heading, node: h("div.page",
    h("p.eyebrow", h("span", "A label's journey"), picker), heading,
    h("p.facts", `${plural(items.length, "clip")} with this label, and the clusters they went to.`),
    item >= 0 && item < data.count ? clipPanel(app, item, way) : null,
    h("div.twin", data.spaces.map((space) => {
      const pairs = spread(items, space);
      return h("section", { class: space.modality }, h("h2", `${plural(pairs.length, "cluster")} by ${space.title}`),
        bars(app, space, pairs.slice(0, 12), items.length, (id) => `${space.key}/${id}`),
        pairs.length > 12 ? h("p.fine", `and ${pairs.length - 12} more`) : null);
    })),
    items.length ? choice(`out-${app.id}`, "Which clips", [["", `All ${count(items.length)}`], ...data.spaces.map((space) => /** @type {[string, string]} */ ([`?out=${space.key}`, `${count(outside(space).length)} outside ${space.title} #${most.get(space)}`]))],
      out ? `?out=${out.key}` : "", (value) => app.go(`label/${label}${value}`)) : null,
    grid(app, out ? outside(out) : items, out ? `${way}&` : `${way}?`)) };
}
