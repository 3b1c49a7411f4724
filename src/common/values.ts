/**
 * Narrowing of values that come from outside: JSON, YAML, metadata.
 *
 * @module
 */

/** True for a plain object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
