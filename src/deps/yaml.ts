/**
 * YAML reader for configuration files: `yaml`, pinned.
 *
 * @module
 */

export * from "npm:yaml@2.9.1";
