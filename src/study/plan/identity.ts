/**
 * The identity of a job: a hash of everything that its result depends on, and of nothing else.
 *
 * @module
 */
import { sha256Hex } from "../../host/mod.ts";
import type { Json } from "./job.ts";

/** Raised when the same settings and inputs no longer give the same results. */
const COMPATIBILITY = 1;

const DIGITS = 16;

/** JSON with sorted keys, so that equal values have equal texts. */
function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalJson(one)}`).join(",")}}`;
}

/** Returns the name of a job with this content. */
export async function jobHash(content: { readonly [key: string]: Json }): Promise<string> {
  const text = canonicalJson({ ...content, compatibility: COMPATIBILITY });
  return (await sha256Hex(new TextEncoder().encode(text))).slice(0, DIGITS);
}
