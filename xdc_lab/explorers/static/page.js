// @ts-check
// The host that is one HTML file: links are its own, media lie in inert blocks until a clip is shown.
/** @import {ClipMedia, Host} from "./types.js" */
import { bytes } from "./data.js";
import { mount } from "./app.js";

const KEPT = 400; // clips whose Blob URLs stay alive; older ones are freed

/** A place for ratings that also works where the browser has none. */
export function storage() {
  /** @type {Map<string, string>} */
  const memory = new Map();
  let kept = false;
  try {
    localStorage.setItem("xdc-lab", "1");
    kept = localStorage.getItem("xdc-lab") === "1";
  } catch { /* private windows and sandboxes refuse: memory serves */ }
  return { kept,
    get: (/** @type {string} */ key) => (kept ? localStorage.getItem(`xdc-lab ${key}`) : memory.get(key)) ?? null,
    set(/** @type {string} */ key, /** @type {string} */ value) {
      memory.set(key, value);
      if (kept) localStorage.setItem(`xdc-lab ${key}`, value);
    } };
}

/** Media of a clip from base64, as URLs that play. @param {Record<string, any>} raw @returns {ClipMedia} */
export function openMedia(raw) {
  const url = (/** @type {string|undefined} */ data, /** @type {string} */ type) => data && URL.createObjectURL(new Blob([bytes(data)], { type }));
  return { ...raw, strip: url(raw.strip, "image/webp"), clip: url(raw.clip, "video/mp4"), sound: url(raw.sound, "audio/mp4"), mel: url(raw.mel, "image/png") };
}

/** Keeps what was opened, and frees the oldest. @param {(item: number) => Promise<ClipMedia>} open */
export function cached(open) {
  /** @type {Map<number, Promise<ClipMedia>>} */
  const ready = new Map();
  const free = (/** @type {ClipMedia} */ media) => [media.strip, media.clip, media.sound, media.mel].forEach((url) => url && URL.revokeObjectURL(url));
  return (/** @type {number} */ item) => {
    const media = ready.get(item) || open(item);
    ready.delete(item);
    ready.set(item, media);
    if (ready.size > KEPT) {
      const [oldest, old] = /** @type {[number, Promise<ClipMedia>]} */ (ready.entries().next().value);
      ready.delete(oldest);
      old.then(free, () => undefined);
    }
    return media;
  };
}

/** Starts the explorer in its own page. */
export function start() {
  const text = (/** @type {string} */ id) => document.getElementById(id)?.textContent;
  const payload = JSON.parse(text("xdc-payload") || "null"), missing = payload.media.missing;
  const root = document.createElement("div");
  root.dataset.page = "whole";
  document.body.replaceChildren(root, ...document.body.querySelectorAll("script"));
  /** @type {Host} */
  const host = {
    media: cached(async (item) => {
      const block = text(`clip-${item}`);
      return block ? openMedia(JSON.parse(block)) : { note: missing[item] || payload.media.otherwise };
    }),
    where: () => decodeURIComponent(location.hash.slice(1)),
    go: (link) => { location.hash = link; },
    onMove: (listener) => addEventListener("hashchange", listener),
    select: () => undefined,
    storage: storage(),
  };
  mount(root, payload, host);
}
