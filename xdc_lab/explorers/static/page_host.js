// @ts-check
// A renderer as one HTML file: links are its own, media lie in inert blocks, or beside it, until a clip is shown.
/** @import {Host, Payload} from "./types.js" */
import { h } from "./dom.js";
import { cached, openMedia, storage } from "./media.js";

/** @type {Map<number, (raw: Record<string, any>) => void>} */
const waiting = new Map();

/** What a script beside the page says of a clip: a page on a disk may run it, and read no other file. @param {number} item @returns {Promise<Record<string, any>>} */
const fromBeside = (item) => new Promise((done) => {
  const src = `media/${item}.js`, script = document.createElement("script");
  waiting.set(item, done);
  script.onload = () => script.remove();
  script.onerror = () => done({ note: `no preview: ${src} is not beside this page; copy the folder media with it` });
  script.src = src;
  document.head.append(script);
});

/** Starts a renderer in its own page. @param {(root: HTMLElement, payload: Payload, host: Host) => unknown} mount */
export function openPage(mount) {
  document.documentElement.className = "xdc-page";
  Object.assign(globalThis, { xdcClip: (/** @type {number} */ item, /** @type {Record<string, any>} */ raw) => waiting.get(item)?.(raw) });
  const text = (/** @type {string} */ id) => document.getElementById(id)?.textContent;
  const payload = JSON.parse(text("xdc-payload") || "null"), missing = payload.media.missing, beside = new Set(payload.media.beside);
  const root = h("div", { "data-page": "whole" });
  document.body.replaceChildren(root, ...document.body.querySelectorAll("script"));
  /** @type {Host} */
  const host = {
    media: cached(async (item) => {
      const block = text(`clip-${item}`);
      if (beside.has(item)) return openMedia(await fromBeside(item));
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
