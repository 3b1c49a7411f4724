/**
 * Sizes that no honest file exceeds. What is larger is refused before it is read.
 *
 * @module
 */

/** Most bytes of what people write or could: manifests, configurations, metadata, single values. */
export const MAX_TEXT_BYTES = 1 << 24;
