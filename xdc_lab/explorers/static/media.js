// @ts-check
// What both hosts need: media as URLs that play, and a place for ratings.
/** @import {ClipMedia} from "./types.js" */
import { bytes } from "./data.js";

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

/** Media of a clip, from base64 or bytes, as URLs that play. @param {Record<string, any>} raw @returns {ClipMedia} */
export function openMedia(raw) {
  const url = (/** @type {string|DataView<ArrayBuffer>|undefined} */ data, /** @type {string} */ type) => data && URL.createObjectURL(new Blob([typeof data === "string" ? bytes(data) : data], { type }));
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
