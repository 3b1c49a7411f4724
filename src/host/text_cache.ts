/**
 * A folder of small texts that can be lost: each under a key of any characters.
 *
 * @module
 */
import { files } from "./here.ts";
import { writeFileAtomic } from "./atomic.ts";
import { toHex } from "./hash.ts";

/** Texts by key in a folder, which is made when something is written. */
export class TextCache {
  constructor(readonly folder: string, readonly prefix: string) {}

  /** The text of a key; undefined where there is none, or none that can be read. */
  async read(key: string): Promise<string | undefined> {
    try {
      const entry: unknown = JSON.parse(await files.readText(await this.#path(key)));
      const found = entry as { key?: unknown; text?: unknown } | null;
      return found?.key === key && typeof found.text === "string" ? found.text : undefined;
    } catch {
      return undefined; // a cache that cannot be read is an empty one
    }
  }

  /** Keeps a text. What cannot be written is left: the cache only saves time. */
  async write(key: string, text: string): Promise<void> {
    try {
      await files.makeFolder(this.folder);
      await writeFileAtomic(await this.#path(key), JSON.stringify({ key, text }));
    } catch {
      return;
    }
  }

  async #path(key: string): Promise<string> {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
    return `${this.folder}/${this.prefix}-${toHex(digest).slice(0, 16)}.json`;
  }
}
