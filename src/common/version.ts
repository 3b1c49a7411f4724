/**
 * The version of the program, as bundles and `--version` state it.
 *
 * @module
 */
import manifest from "../../deno.json" with { type: "json" };

/** Semantic version. */
export const PLICA_VERSION: string = manifest.version;
