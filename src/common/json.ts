/**
 * JSON of results, and JSON that others wrote.
 *
 * @module
 */

/**
 * Returns the text of `value`. JSON knows neither infinity nor NaN, and a null would read as "not measured": such
 * numbers become the texts "Infinity", "-Infinity" and "NaN", which `Number` and Python's `float` read back.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(jsonText({ psnr: Infinity, ssim: 1 }), '{"psnr":"Infinity","ssim":1}');
 * ```
 */
export function jsonText(value: unknown, { indent }: { readonly indent?: number } = {}): string {
  return JSON.stringify(value, finite, indent);
}

function finite(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** Deepest nesting of lists and tables that is read. */
export const MAX_NESTING = 64;

/**
 * Parses JSON. Throws `SyntaxError` for text that is none, or is nested deeper than {@linkcode MAX_NESTING}: whatever walks
 * over the value afterwards does so by recursion.
 */
export function parseJson(text: string): unknown {
  if (nestsDeeper(text, MAX_NESTING)) throw new SyntaxError(`nested deeper than ${MAX_NESTING} levels`);
  return JSON.parse(text);
}

/**
 * Counts brackets that are open at once; true where there are more than `most`. In `plain` text quotation marks have no
 * meaning, else what they enclose is passed over.
 */
export function nestsDeeper(
  text: string,
  most: number,
  { plain = false }: { readonly plain?: boolean } = {},
): boolean {
  let [depth, quoted] = [0, false];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"' && !plain) quoted = !quoted;
    else if (quoted) i += char === "\\" ? 1 : 0;
    else if (char === "[" || char === "{") {
      if (++depth > most) return true;
    } else if (char === "]" || char === "}") depth--;
  }
  return false;
}
