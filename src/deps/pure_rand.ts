/**
 * Seeded generators and uniform distributions: `pure-rand`, pinned. It has no root export, only paths.
 *
 * @module
 */

export * from "npm:pure-rand@8.4.2/generator/xoroshiro128plus";
export * from "npm:pure-rand@8.4.2/distribution/uniformInt";
export * from "npm:pure-rand@8.4.2/distribution/uniformFloat64";
export type * from "npm:pure-rand@8.4.2/types/JumpableRandomGenerator";
