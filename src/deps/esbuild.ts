/**
 * The bundler: `esbuild`, pinned. For the build alone.
 *
 * @module
 */

export * from "npm:esbuild@0.28.2";
