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

/** Media of a clip, from base64, bytes or files beside the page, as URLs; what plays is unpacked when it plays. @param {Record<string, any>} raw @returns {ClipMedia} */
export function openMedia(raw) {
  /** @type {Record<string, string>} */
  const made = {};
  const has = (/** @type {string} */ kind) => Boolean(raw[kind] || raw.files?.[kind]);
  const url = (/** @type {string} */ kind, /** @type {string} */ type) => {
    if (raw.files?.[kind]) return /** @type {string} */ (raw.files[kind]);
    const data = /** @type {string|DataView<ArrayBuffer>|undefined} */ (raw[kind]);
    return made[kind] || (data && (made[kind] = URL.createObjectURL(new Blob([typeof data === "string" ? bytes(data) : data], { type }))));
  };
  return { ...raw, strip: url("strip", "image/webp"), mel: url("mel", "image/png"), moves: has("clip"), sounds: has("clip") || has("sound"),
    play: () => url("clip", "video/mp4") || url("sound", "audio/mp4"), free: () => Object.values(made).forEach((one) => URL.revokeObjectURL(one)) };
}

/** Keeps what was opened, and frees the oldest. @param {(item: number) => Promise<ClipMedia>} open */
export function cached(open) {
  /** @type {Map<number, Promise<ClipMedia>>} */
  const ready = new Map();
  return (/** @type {number} */ item) => {
    const media = ready.get(item) || open(item);
    ready.delete(item);
    ready.set(item, media);
    if (ready.size > KEPT) {
      const [oldest, old] = /** @type {[number, Promise<ClipMedia>]} */ (ready.entries().next().value);
      ready.delete(oldest);
      old.then((media) => media.free?.(), () => undefined);
    }
    return media;
  };
}
