// @ts-check
// Colours of the maps' points.

/** "rgb(1, 2, 3)" as one ABGR number. @param {string} css */
export function abgr(css) {
  const [r, g, b] = (css.match(/[\d.]+/g) || ["0", "0", "0"]).map(Number);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** Whether a page is dark now. @param {HTMLElement} root */
export function isDark(root) {
  const { colorScheme } = getComputedStyle(root);
  return colorScheme === "dark" || (colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}

/** Hues far apart for neighbouring numbers. @param {number} i @param {boolean} dark */
export function hue(i, dark) {
  const angle = (i * 137.508 * Math.PI) / 180, light = dark ? 0.74 : 0.56, chroma = 0.09 + 0.04 * (i % 3);
  const a = chroma * Math.cos(angle), b = chroma * Math.sin(angle);
  const l = (light + 0.3963 * a + 0.2158 * b) ** 3, m = (light - 0.1056 * a - 0.0639 * b) ** 3, s = (light - 0.0895 * a - 1.2915 * b) ** 3;
  const rgb = [4.0767 * l - 3.3077 * m + 0.231 * s, -1.2684 * l + 2.6098 * m - 0.3413 * s, -0.0042 * l - 0.7034 * m + 1.7076 * s];
  const [r, g, c] = rgb.map((v) => Math.round(255 * Math.max(0, Math.min(1, v)) ** (1 / 2.2)));
  return ((255 << 24) | (c << 16) | (g << 8) | r) >>> 0;
}

/** A colour between two. @param {number} from ABGR @param {number} to @param {number} t */
export function mix(from, to, t) {
  let out = 0xff000000;
  for (const shift of [0, 8, 16]) out |= Math.round(((from >> shift) & 255) * (1 - t) + ((to >> shift) & 255) * t) << shift;
  return out >>> 0;
}
