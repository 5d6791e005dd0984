// @ts-check
// The rail of one space: every cluster in one line and a half, sorted and searched, one stop of the tab key.
/** @import {Cluster} from "./types.js" */
/** @import {App} from "./app.js" */
/** @import {Space} from "./data.js" */
import { capital, count, h, mark, on, percent, plural, said, share } from "./dom.js";
import { named, spread } from "./data.js";
import { givenName } from "./names.js";

/** @type {Record<string, [string, (cluster: Cluster) => number]>} */
const ORDERS = {
  purity: ["purity", (c) => -(c.purity ?? -1)],
  lift: ["purity above chance", (c) => (c.chance ?? 0) - (c.purity ?? -1)],
  size: ["size", (c) => -c.size],
  entropy: ["entropy", (c) => c.entropy ?? 99],
  distance: ["distance to centroid", (c) => c.distance ?? 9e9],
  agreement: ["agreement", (c) => -(c.agreement ?? -1)],
  id: ["number", (c) => c.id],
};

/** The concepts of a cluster in one line of text. @param {App} app @param {Cluster} cluster @param {number} [n] */
export const conceptText = (app, cluster, n = 3) =>
  cluster.concepts.slice(0, n).map(([label, part]) => `${app.data.labels[label]} (${share(part)})`).join(", ");

/** Purity as a dot with its interval, and a tick where chance would be. @param {Cluster} cluster */
export function purityMark(cluster) {
  const { purity, low, high, chance } = cluster;
  if (purity === null) return null;
  return h("span.dots", { "aria-hidden": "true", "--p": purity, "--lo": low ?? purity, "--hi": high ?? purity, "--c": chance ?? 0 },
    h("i.range"), h("i.chance"), h("i.dot"));
}

/** Where a cluster stands, in words. @param {App} app @param {Space} space @param {Cluster} c */
export function clusterWords(app, space, c) {
  const known = named(app);
  return `${space.title} cluster #${c.id}, rank ${c.rank} of ${space.k}, ${plural(c.size, "clip")}${
    known && c.concepts.length ? `, ${conceptText(app, c, 1)}, purity ${share(c.purity)}, chance ${share(c.chance)}` : ""}`;
}

/** @param {App} app @param {Space} space */
export function rail(app, space) {
  const { data } = app, labelled = named(app);
  const state = { order: labelled ? "purity" : "distance", words: "", tied: /** @type {Map<number, number>|null} */ (null), own: false };
  const list = h("ol", { class: labelled ? "rows" : "rows plain-rows", "aria-label": `${space.title} clusters` });
  /** @type {Map<number, HTMLAnchorElement>} */
  const links = new Map(), /** @type {Map<number, HTMLElement>} */ sides = new Map();
  for (const cluster of space.clusters) {
    const [first, ...rest] = labelled ? cluster.concepts.slice(0, 3) : [], side = h("span.side", labelled ? count(cluster.size) : ""), given = givenName(app, space, cluster);
    sides.set(cluster.id, side);
    links.set(cluster.id, h("a", { href: `#${space.key}/${cluster.id}`, tabindex: -1, "data-id": cluster.id,
      "aria-label": clusterWords(app, space, cluster), title: clusterWords(app, space, cluster) },
    h("span.id", `#${cluster.id}`),
    h("span.main",
      first ? [said(data.labels[first[0]]), h("span.num", share(first[1]))] : given ? [said(given.text), h("span.num", `${given.from}, ${plural(cluster.size, "clip")}`)] : plural(cluster.size, "clip")),
    side,
    labelled ? h("span.rank", `rank ${cluster.rank}`) : null, h("span.rest", rest.map(([label, part]) => [" ", said(data.labels[label]), ` ${share(part)}`]).flat().slice(1)),
    labelled ? purityMark(cluster) : null));
  }
  const empty = h("p.fine", { hidden: true }, "No cluster has such a concept.");

  function show() {
    const by = state.tied && !state.own ? (/** @type {Cluster} */ c) => -(state.tied?.get(c.id) || 0) : ORDERS[state.order][1];
    sorter.value = state.tied && !state.own ? "tied" : state.order;
    const shown = space.clusters.filter((c) => !state.words
      || `#${c.id} ${labelled ? conceptText(app, c) : givenName(app, space, c)?.text || ""}`.toLowerCase().includes(state.words));
    list.replaceChildren(...shown.sort((a, b) => by(a) - by(b) || a.rank - b.rank).map((c) => h("li", links.get(c.id))));
    empty.hidden = shown.length > 0;
    stopAt(list.querySelector("[aria-current]") || list.querySelector("a"));
  }
  /** The one row that the tab key stops at. @param {Element|null} row */
  function stopAt(row) {
    for (const link of links.values()) if (link.tabIndex !== (link === row ? 0 : -1)) link.tabIndex = link === row ? 0 : -1;
  }
  on(list, "keydown", (event) => {
    const all = [...list.querySelectorAll("a")], at = all.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1, PageDown: at + 8, PageUp: at - 8 }[event.key];
    if (to === undefined || at < 0) return;
    const next = all[Math.max(0, Math.min(all.length - 1, to))];
    stopAt(next);
    next.focus();
    event.preventDefault();
  });

  const orders = Object.entries(ORDERS).filter(([key]) => labelled || !["purity", "lift", "entropy"].includes(key));
  const tiedOption = h("option", { value: "tied", hidden: true }, "shared clips");
  const sorter = h("select", { "aria-label": `Sort ${space.title} clusters by`, onchange: () => {
    state.own = Boolean(state.tied) && sorter.value !== "tied";
    if (sorter.value !== "tied") state.order = sorter.value;
    show();
  } },
    orders.map(([key, [words]]) => h("option", { value: key, selected: key === state.order }, words)), tiedOption);
  const finder = h("input", { type: "search", placeholder: "Find", "aria-label": `Find among ${space.title} clusters`,
    oninput: () => { state.words = finder.value.trim().toLowerCase(); show(); } });
  show();
  const node = h("section", { class: `rail ${space.modality}`, "aria-label": `${capital(space.title)} clusters` },
    h("h2", { tabindex: -1 }, capital(space.title), h("span.num", plural(space.k, "cluster"))),
    h("div.tools", sorter, finder), list, empty);

  return { node,
    /** Marks the open cluster; a cluster of another space shows what it shares with each here.
     * @param {Space|null} of @param {number} id */
    open(of, id) {
      const members = of && of !== space ? of.members(id) : [], was = state.tied;
      state.tied = members.length ? new Map(spread(members, space)) : null;
      // Only what changes is written: to lay out every row anew takes longer than all the rest.
      for (const cluster of space.clusters) {
        const link = /** @type {HTMLElement} */ (links.get(cluster.id)), n = state.tied?.get(cluster.id) || 0;
        if (link.hasAttribute("aria-current") !== (of === space && cluster.id === id)) mark(link, of === space && cluster.id === id);
        if (n || was?.get(cluster.id)) link.style.setProperty("--tied", String(n / (members.length || 1)));
        const words = state.tied ? (n ? percent(n / members.length) : "") : labelled ? count(cluster.size) : "", side = sides.get(cluster.id);
        if (side && side.textContent !== words) side.textContent = words;
      }
      node.classList.toggle("tied", Boolean(state.tied));
      tiedOption.hidden = !state.tied;
      if (!state.tied) state.own = false;
      if ((state.tied || was) && !state.own) { show(); list.scrollTop = 0; } // what shares clips comes first
    },
    /** Scrolls to the open cluster; after all else is in place, since it asks for the layout. */
    reveal() {
      const current = list.querySelector("[aria-current]");
      if (!current) return;
      stopAt(current);
      const top = /** @type {HTMLElement} */ (current.parentElement).offsetTop - list.offsetTop;
      if (top < list.scrollTop || top > list.scrollTop + list.clientHeight - 60) list.scrollTop = top - list.clientHeight / 3;
    } };
}
