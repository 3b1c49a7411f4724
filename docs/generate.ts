/**
 * Writes `docs/reference.md` and `docs/config.schema.json`: `deno task docs`.
 *
 * @module
 */
import { jsonSchemaText, referenceText } from "../src/cli/reference.ts";

await Deno.writeTextFile(new URL("reference.md", import.meta.url), await referenceText());
await Deno.writeTextFile(new URL("config.schema.json", import.meta.url), jsonSchemaText());
