// @ts-check
// The host that is a notebook: media come by message when a clip is shown, the selection goes back to Python.
/** @import {Host, ClipMedia} from "./types.js" */
import { h, on } from "./dom.js";
import { mount } from "./app.js";
import { cached, openMedia, storage } from "./media.js";
import { save, setSelections } from "./selections.js";

/** @param {{model: any, el: HTMLElement}} given */
function render({ model, el }) {
  const quiet = "data-lm-suppress-shortcuts", root = h("div", { "data-page": "cell", [quiet]: "true" });
  // JupyterLab asks the focused element before its parents: without this, "a" inserts a cell.
  on(root, "focusin", (event) => /** @type {Element} */ (event.target).setAttribute(quiet, "true"));
  const light = document.body.dataset.jpThemeLight;
  if (light) root.style.colorScheme = light === "true" ? "light" : "dark";
  /** @type {Map<number, (media: ClipMedia) => void>} */
  const waiting = new Map();
  /** @type {string[]} */
  const trail = [model.get("link")];
  let move = () => {};
  /** @type {import("./app.js").App|null} */
  let app = null;
  const hear = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    if (message.kind === "payload" && !root.firstChild) app = show(message.payload);
    if (message.kind === "select" && app) {
      app.chosen = message.items;
      if (host.where().split("?")[0] === "maps") app.refresh();
    }
    if (message.kind === "selections" && app) {
      if (message.first && !Object.keys(message.selections).length) save(app); else setSelections(app, message.selections);
    }
    if (message.kind !== "media") return;
    const raw = { ...message.about };
    message.parts.forEach((/** @type {string} */ part, /** @type {number} */ i) => { raw[part] = buffers[i]; });
    waiting.get(message.item)?.(openMedia(raw));
    waiting.delete(message.item);
  };
  model.on("msg:custom", hear);
  /** @type {Host} */
  const host = {
    media: cached((item) => new Promise((resolve) => {
      waiting.set(item, resolve);
      model.send({ kind: "media", item });
    })),
    where: () => trail[trail.length - 1],
    go(link) {
      trail.push(link);
      model.set("link", link);
      model.save_changes();
      move();
    },
    onMove: (listener) => { move = listener; },
    select: (items) => model.send({ kind: "select", items }),
    keep: (selections) => model.send({ kind: "selections", selections }),
    storage: storage(),
  };
  function show(/** @type {import("./types.js").Payload} */ payload) {
    const mounted = mount(root, payload, host);
    root.querySelector(".brand")?.after(h("button", { onclick: () => { if (trail.length > 1) { trail.pop(); move(); } } }, "Back"));
    return mounted;
  }
  el.append(root);
  model.send({ kind: "payload" });
  const follow = () => { if (model.get("link") !== host.where()) host.go(model.get("link")); };
  model.on("change:link", follow);
  return () => {
    model.off("msg:custom", hear);
    model.off("change:link", follow);
    root.remove();
  };
}

export default { render };
