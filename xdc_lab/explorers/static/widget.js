// @ts-check
// The host that is a notebook: media come by message when a clip is shown, the selection goes back to Python.
/** @import {Host, ClipMedia} from "./types.js" */
import { mount } from "./app.js";
import { cached, openMedia, storage } from "./page.js";

/** @param {{model: any, el: HTMLElement}} given */
export function render({ model, el }) {
  const root = document.createElement("div");
  root.dataset.page = "cell";
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  const light = document.body.dataset.jpThemeLight;
  if (light) root.style.colorScheme = light === "true" ? "light" : "dark";
  /** @type {Map<number, (media: ClipMedia) => void>} */
  const waiting = new Map();
  /** @type {string[]} */
  const trail = [""];
  /** @type {(() => void)[]} */
  const listeners = [];
  const hear = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    if (message.kind !== "media") return;
    const raw = { ...message.about };
    message.parts.forEach((/** @type {string} */ part, /** @type {number} */ i) => { raw[part] = toBase64(buffers[i]); });
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
      listeners.forEach((listener) => listener());
    },
    onMove: (listener) => listeners.push(listener),
    select: (items) => {
      model.set("selection", Array.from(items));
      model.save_changes();
    },
    storage: storage(),
  };
  el.append(root);
  const app = mount(root, JSON.parse(model.get("payload")), host);
  const back = document.createElement("button");
  back.type = "button";
  back.textContent = "Back";
  back.className = "back";
  back.addEventListener("click", () => {
    if (trail.length < 2) return;
    trail.pop();
    listeners.forEach((listener) => listener());
  });
  root.querySelector("header .brand")?.after(back);
  const follow = () => { if (model.get("link") !== host.where()) host.go(model.get("link")); };
  model.on("change:link", follow);
  return () => {
    model.off("msg:custom", hear);
    model.off("change:link", follow);
    app.root.remove();
  };
}

/** @param {DataView} view */
function toBase64(view) {
  let raw = "";
  for (let i = 0; i < view.byteLength; i++) raw += String.fromCharCode(view.getUint8(i));
  return btoa(raw);
}
