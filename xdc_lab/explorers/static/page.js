// @ts-check
// The host that is one HTML file: links are its own, media lie in inert blocks until a clip is shown.
/** @import {Host} from "./types.js" */
import { h } from "./dom.js";
import { mount } from "./app.js";
import { cached, openMedia, storage } from "./media.js";

/** Starts the explorer in its own page. */
function start() {
  document.documentElement.className = "xdc-page";
  const text = (/** @type {string} */ id) => document.getElementById(id)?.textContent;
  const payload = JSON.parse(text("xdc-payload") || "null"), missing = payload.media.missing;
  const root = h("div", { "data-page": "whole" });
  document.body.replaceChildren(root, ...document.body.querySelectorAll("script"));
  /** @type {Host} */
  const host = {
    media: cached(async (item) => {
      const block = text(`clip-${item}`);
      return block ? openMedia(JSON.parse(block)) : { note: missing[item] || payload.media.otherwise };
    }),
    where() {
      try {
        return decodeURIComponent(location.hash.slice(1));
      } catch {
        return location.hash.slice(1);
      }
    },
    go: (link) => { location.hash = link; },
    onMove: (listener) => addEventListener("hashchange", listener),
    select: () => undefined,
    storage: storage(),
  };
  try {
    mount(root, payload, host);
  } catch (error) {
    root.replaceChildren(h("p", String(error)));
  }
}

start();
