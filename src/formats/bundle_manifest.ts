/**
 * `manifest.json` of a bundle: what it is, where it comes from, what is in it.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { DataError, messageOf, parseJson } from "../common/mod.ts";

/** The format that is written, and the newest that is read. */
export const BUNDLE_FORMAT_VERSION = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const portSchema = z.object({
  name: z.string(),
  /** Axes whose length is free (batch) are named, the others are numbers. */
  shape: z.array(z.union([z.string(), z.int().min(1)])),
  /** `float32` or `complex64`. */
  dtype: z.enum(["float32", "complex64"]),
});

const modelSchema = z.object({
  inputs: z.array(portSchema),
  outputs: z.array(portSchema),
  /** Names of the weights that the graph uses. */
  weights: z.array(z.string()),
});

const manifestSchema = z.object({
  formatVersion: z.literal(BUNDLE_FORMAT_VERSION),
  programVersion: z.string(),
  /** ISO 8601. */
  created: z.string(),
  trainingData: z.array(z.object({ file: z.string(), sha256 })),
  device: z.string(),
  metrics: z.record(z.string(), z.number()),
  models: z.object({ autoencoder: modelSchema, diffraction_to_obj: modelSchema }),
  /** Over the names, shapes and bytes of the weights. */
  weightsSha256: sha256,
  /** Of each other entry of the bundle. */
  sha256: z.record(z.string(), sha256),
});

/** An input or output of a graph. */
/** Inputs, outputs and weights of a graph. */
export type BundleModel = z.output<typeof modelSchema>;
/** Manifest of a bundle. */
export type BundleManifest = z.output<typeof manifestSchema>;

/**
 * Parses and checks a manifest. Throws `DataError` for a newer format first of all, then for anything that is
 * off.
 */
export function parseManifest(text: string, file: string): BundleManifest {
  const refuse = (found: string, remedy: string, cause?: unknown) =>
    new DataError({
      file,
      key: "manifest.json",
      found,
      expected: `a manifest of format version ${BUNDLE_FORMAT_VERSION}`,
      remedy,
      cause,
    });
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw refuse(`no JSON (${messageOf(error)})`, "copy or train the model again", error);
  }
  const version = z.object({ formatVersion: z.number() }).safeParse(value);
  if (version.success && version.data.formatVersion > BUNDLE_FORMAT_VERSION) {
    throw refuse(
      `format version ${version.data.formatVersion}`,
      "read it with a newer version of the program",
    );
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw refuse(`${issue.path.join(".") || "content"}: ${issue.message}`, "copy or train the model again");
}
