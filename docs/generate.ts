/**
 * Writes `docs/reference.md` and `docs/config.schema.json`: `deno task docs`.
 *
 * @module
 */
import { loadReference } from "../src/app/mod.ts";

const { jsonSchemaText, referenceText } = await loadReference();
await Deno.writeTextFile(new URL("reference.md", import.meta.url), await referenceText());
await Deno.writeTextFile(new URL("config.schema.json", import.meta.url), jsonSchemaText());
