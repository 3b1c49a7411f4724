/**
 * Text in HTML and SVG.
 *
 * @module
 */

const NAMES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Replaces the characters that markup reserves, in text and in quoted attributes. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"]/g, (character) => NAMES[character]);
}

/** Undoes {@linkcode escapeMarkup}. */
export function unescapeMarkup(text: string): string {
  return Object.entries(NAMES).reduceRight((out, [character, name]) => out.replaceAll(name, character), text);
}
