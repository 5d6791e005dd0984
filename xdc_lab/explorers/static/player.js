// @ts-check
// The host that is one clip in a notebook: its film, its sound, the log-mel; buttons step to the next clip.
/** @import {ClipMedia} from "./types.js" */
import { count, fill, h, on, said } from "./dom.js";
import { openMedia } from "./media.js";
import { player, silence } from "./clip.js";

/** @typedef {{item: number, title: string, facts: [string, string][], of: number}} Shown */

/** @param {{model: any, el: HTMLElement}} given */
function render({ model, el }) {
  const quiet = "data-lm-suppress-shortcuts", root = h("div.xdc", { "data-page": "clip", [quiet]: "true" });
  // JupyterLab asks the focused element before its parents: without this, "a" inserts a cell.
  on(root, "focusin", (event) => /** @type {Element} */ (event.target).setAttribute(quiet, "true"));
  const light = document.body.dataset.jpThemeLight;
  if (light) root.style.colorScheme = light === "true" ? "light" : "dark";

  const film = h("div"), title = h("h3"), facts = h("dl"), status = h("p.fine", { role: "status" });
  const step = (/** @type {string} */ words, /** @type {number} */ by) =>
    h("button", { onclick: () => { model.set("place", (model.get("place") + by + of) % of); model.save_changes(); } }, words);
  fill(root, [h("section.panel", film, h("div", title, facts,
    h("p", h("span.key.heard", "heard by the audio encoder"), " ", h("span.key.seen", "seen by the video encoder")),
    h("div.group", step("Previous clip", -1), step("Next clip", 1), status)))]);

  /** @type {ClipMedia|null} */
  let open = null, of = 1;
  const free = () => open?.free?.();
  const ask = () => model.send({ kind: "clip", place: model.get("place") });
  const hear = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    if (message.kind !== "media" || message.place !== model.get("place")) return;
    const raw = { ...message.about }, place = message.place, /** @type {Shown} */ clip = message.clip;
    message.parts.forEach((/** @type {string} */ part, /** @type {number} */ i) => { raw[part] = buffers[i]; });
    silence();
    free();
    const media = open = openMedia(raw);
    const stage = { mode: { picture: true, sound: true }, still: matchMedia("(prefers-reduced-motion: reduce)").matches,
      host: { media: async () => media }, say: (/** @type {string} */ words) => { status.textContent = words; } };
    film.replaceChildren(player(stage, clip.item, clip.title));
    title.replaceChildren(said(clip.title));
    facts.replaceChildren(...clip.facts.flatMap(([name, value]) => [h("dt", name), h("dd", said(value))]));
    of = clip.of;
    stage.say(`clip ${count(place + 1)} of ${count(of)}`);
  };
  model.on("msg:custom", hear);
  model.on("change:place", ask);
  el.append(root);
  ask();
  return () => {
    silence();
    free();
    model.off("msg:custom", hear);
    model.off("change:place", ask);
    root.remove();
  };
}

export default { render };
