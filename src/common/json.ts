/**
 * JSON of results.
 *
 * @module
 */

/**
 * Text of `value`. JSON knows neither infinity nor NaN, and a null would read as "not measured": such numbers become the
 * texts "Infinity", "-Infinity" and "NaN", which `Number` and Python's `float` read back.
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
