// @ts-check
// The shell: header, rails, the page that a link names, and what is announced to those who do not see it.
/** @import {Host, Payload} from "./types.js" */
/** @import {Data, Space} from "./data.js" */
import { capital, choice, h, mark, on, title, to } from "./dom.js";
import { readPayload } from "./data.js";
import { silence } from "./clip.js";
import { rail } from "./rail.js";
import { clusterPage, labelPage, pairPage } from "./cluster.js";
import { mapsPage } from "./maps.js";
import { matrixPage } from "./matrix.js";
import { overviewPage, table6Page } from "./overview.js";
import { recordPage } from "./record.js";
import { ratePage } from "./rate.js";
import { findPage, likePage, suspectsPage } from "./search.js";
import { selectionPage } from "./selections.js";

/** @typedef {{title: string, heading: HTMLElement, node: Node, open?: [Space, number], leave?: () => void, shown?: () => void}} View */

/**
 * What every page is given.
 * @typedef {object} App
 * @property {number} id
 * @property {Data} data
 * @property {Host} host
 * @property {HTMLElement} root
 * @property {{picture: boolean, sound: boolean, blind: boolean}} mode
 * @property {boolean} still the reader asked for less motion
 * @property {(link: string) => void} go
 * @property {(words: string, loud?: boolean) => void} say
 * @property {(items: number[]) => void} select
 * @property {number[]} chosen the clips that are selected, by lasso or from Python
 * @property {number} pinned the clip that stays shown on the maps, or -1
 * @property {() => void} refresh
 * @property {(why: string) => View} lost
 */

let explorers = 0;

/** @param {HTMLElement} root @param {Payload} payload @param {Host} host */
export function mount(root, payload, host) {
  const data = readPayload(payload), id = ++explorers;
  const status = h("div", { role: "status", class: "away" }), toast = h("p.toast", { hidden: true });
  const main = h("main", { id: `main-${id}`, tabindex: -1 });
  const body = h("div.columns");
  /** @type {View|null} */
  let view = null;
  let rails = /** @type {ReturnType<typeof rail>[]} */ ([]), page = "";

  /** @type {App} */
  const app = { id, data, host, root, mode: { picture: true, sound: true, blind: false },
    still: matchMedia("(prefers-reduced-motion: reduce)").matches,
    go: (link) => host.go(link), chosen: [], pinned: -1, select: (items) => { app.chosen = items; host.select(items); }, refresh: () => { build(); render(); },
    say(words, loud) {
      status.textContent = "";
      setTimeout(() => { status.textContent = words; }, 30);
      toast.hidden = !loud;
      toast.textContent = loud ? words : "";
    },
    lost(why) {
      const heading = title("Nothing here");
      return { title: "Nothing here", heading, node: h("div.page", heading, h("p.empty", why), h("p", to("", "To the overview"))) };
    } };

  /** @param {string} link @returns {View} */
  function pageOf(link) {
    const [path, rest] = link.split("?"), [kind, ...parts] = path.split("/"), query = new URLSearchParams(rest || "");
    const space = data.space(kind);
    if (kind === "") return overviewPage(app);
    if (space && parts.length === 1) return clusterPage(app, space, Number(parts[0]), query);
    if (kind === "pair" && parts.length === 2) return pairPage(app, parts[0], parts[1], query);
    if (kind === "label") return labelPage(app, Number(parts[0]), query);
    if (kind === "maps") return mapsPage(app, query);
    if (kind === "matrix") return matrixPage(app);
    if (kind === "table6") return table6Page(app);
    if (kind === "rate") return ratePage(app, query);
    if (kind === "run") return recordPage(app);
    if (kind === "find") return findPage(app, query);
    if (kind === "like") return likePage(app, query);
    if (kind === "suspects") return suspectsPage(app, query);
    if (kind === "selection") return selectionPage(app, Number(parts[0]), query);
    if (kind === "list" && data.space(parts[0])) {
      const words = `${capital(/** @type {Space} */ (data.space(parts[0])).title)} clusters`, heading = title(words);
      return { title: words, heading, node: h("div.page", heading) };
    }
    return app.lost(`There is no page “${link.slice(0, 80)}”.`);
  }

  function render() {
    const link = host.where(), path = link.split("?")[0], same = path === page;
    const focused = document.activeElement, inMain = focused && main.contains(focused), named = inMain ? focused.getAttribute("name") : null;
    silence();
    if (view?.leave) view.leave();
    view = pageOf(link);
    root.classList.toggle("full", ["rate", "maps", "matrix"].includes(path));
    root.classList.toggle("rating-page", path === "rate"); // which has modes of its own
    root.classList.toggle("listing", path.startsWith("list/"));
    rails.forEach((one, i) => one.node.classList.toggle("shown", path === `list/${data.spaces[i].key}`));
    main.replaceChildren(view.node);
    rails.forEach((one) => one.open(view?.open ? view.open[0] : null, view?.open ? view.open[1] : -1));
    rails.forEach((one) => one.reveal());
    for (const anchor of root.querySelectorAll("header nav a")) {
      mark(anchor, anchor.getAttribute("href") === `#${path.replace(/^label\/.*/, "label/0")}`);
    }
    app.say(view.title);
    if (root.dataset.page === "whole") document.title = `${view.title} · ${data.title}`;
    if (view.shown) view.shown();
    const panel = /** @type {HTMLElement|null} */ (main.querySelector(".panel h3")), again = named && main.querySelector(`input[name="${named}"]:checked`);
    if (!same) main.scrollTop = 0;
    if (page !== "" || inMain || panel) {
      if (again) /** @type {HTMLElement} */ (again).focus({ preventScroll: true });
      else if (panel && inMain) panel.focus();
      else if (inMain || !focused || focused === document.body || !root.contains(focused)) view.heading.focus({ preventScroll: same });
    }
    if (panel) panel.closest(".panel")?.scrollIntoView({ block: "nearest", behavior: app.still ? "auto" : "smooth" });
    page = path;
  }

  function build() {
    rails = data.spaces.map((space) => rail(app, space));
    const [first, ...others] = rails.map((one) => one.node);
    body.replaceChildren(...(first ? [first] : []), main, ...others);
  }

  const links = /** @type {[string, string, string][]} */ ([["", "Overview", ""], ...data.spaces.map((space) => [`list/${space.key}`, capital(space.title), "narrow"]),
    ["maps", "Maps", ""], ...(data.spaces.length > 1 ? [["matrix", "Matrix", ""]] : []), ...(data.hasLabels ? [["label/0", "Labels", ""]] : []), ["find", "Find", ""], ["rate", "Rate", ""], ["run", "Run", ""]]);
  const blind = h("input", { type: "checkbox", onchange: () => { app.mode.blind = blind.checked; app.refresh(); } });
  root.replaceChildren(
    h("a.skip", { href: `#main-${id}`, onclick: (/** @type {Event} */ event) => { event.preventDefault(); main.focus(); } }, "Skip to the page"),
    h("header", h("a.brand", { href: "#" }, h("b", "XDC"), " clusters"),
      h("nav", { "aria-label": "Pages" }, links.map(([to, words, kind]) => h("a", { href: `#${to}`, class: kind }, words))),
      h("div.modes", choice(`senses-${id}`, "What is played", [["ear", "Listen"], ["eye", "Look"], ["both", "Both"]], "both",
        (value) => { app.mode.picture = value !== "ear"; app.mode.sound = value !== "eye"; app.refresh(); }),
      data.hasLabels ? h("label.check", blind, " Blind") : null)),
    body, toast, status);
  root.classList.add("xdc");
  root.classList.toggle("lone", data.spaces.length < 2);
  on(root, "click", (event) => {
    const anchor = event.target instanceof Element ? event.target.closest("a") : null, to = anchor?.getAttribute("href");
    if (!anchor || !to || !to.startsWith("#") || anchor.classList.contains("skip") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    host.go(to.slice(1));
  });
  build();
  host.onMove(render);
  render();
  return app;
}
