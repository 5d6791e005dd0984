const js = require("@eslint/js");

const browser = [
  "AbortController", "atob", "Blob", "btoa", "CustomEvent", "DecompressionStream", "Element", "File", "HTMLElement", "Image", "Node",
  "ResizeObserver", "Response", "URL", "URLSearchParams", "addEventListener", "cancelAnimationFrame", "clearTimeout", "devicePixelRatio",
  "document", "getComputedStyle", "localStorage", "location", "matchMedia", "requestAnimationFrame", "setTimeout",
];

module.exports = [
  js.configs.recommended,
  {
    files: ["xdc_lab/explorers/static/*.js"],
    languageOptions: {
      sourceType: "module",
      globals: Object.fromEntries(browser.map((name) => [name, "readonly"])),
    },
    rules: {
      "eqeqeq": ["error", "always", { null: "ignore" }],
      "no-restricted-properties": ["error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property, message: "Text reaches the page through text nodes alone." })),
        { object: "document", property: "write" }],
      "no-implied-eval": "error", "no-eval": "error", "no-new-func": "error",
      "no-var": "error", "prefer-const": "error", "semi": ["error", "always"], "quotes": ["error", "double"], "curly": ["error", "multi-line"],
      "no-shadow": "off", "no-console": "error",
    },
  },
];
