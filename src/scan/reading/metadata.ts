/**
 * Metadata of a scan's file: everything besides patterns, positions and probe.
 *
 * @module
 */
import { describeShape, messageOf, parseJson } from "../../common/mod.ts";
import { countOf, MAX_TEXT_BYTES, type Npz, toFloat64 } from "../../formats/mod.ts";

import type { ScanGeometry } from "../types.ts";
import type { Findings } from "./contract.ts";
import { readGeometry } from "./geometry.ts";

const LABEL_KEYS = ["Y", "label_amp", "label_phase"] as const;
const PIXEL_SIZE_KEYS = ["pixel_size_m", "pixelSizeM", "object_pixel_size_m", "pixel_size"] as const;

/** The optional parts. */
export interface Extras {
  readonly scanIndex?: Int32Array;
  readonly labels: readonly string[];
  readonly metadata?: unknown;
  readonly pixelSizeM?: number;
  readonly geometry?: ScanGeometry;
}

/** Reads the optional parts; lengths that differ from `n` become problems. */
export async function readExtras(
  npz: Npz,
  findings: Findings,
  { n, size }: { readonly n?: number; readonly size?: number },
): Promise<Extras> {
  const perPattern = ["scan_index", "xcoords_start", "ycoords_start", ...LABEL_KEYS].filter((key) =>
    npz.has(key)
  );
  for (const key of perPattern) {
    const { shape } = npz.entry(key);
    if (n === undefined || shape.includes(n)) continue;
    const remedy = "give one for each pattern, or leave the key out";
    findings.problem(
      key,
      `shape ${describeShape(shape)}`,
      `${n} along one axis, as many as patterns`,
      remedy,
    );
  }
  const metadata = await readMetadata(npz, findings);
  const pixelSizeM = await findings.attempt(() => findPixelSizeOf(npz, metadata));
  return {
    scanIndex: await readScanIndex(npz, findings, n),
    labels: LABEL_KEYS.filter((key) => npz.has(key)),
    metadata,
    pixelSizeM,
    geometry: readGeometry(metadata, { findings, size, pixelSizeM }),
  };
}

async function readScanIndex(
  npz: Npz,
  findings: Findings,
  n: number | undefined,
): Promise<Int32Array | undefined> {
  if (!npz.has("scan_index") || countOf(npz.entry("scan_index").shape) !== n) return undefined;
  const values = await findings.attempt(async () => toFloat64(await npz.readArray("scan_index")));
  return values && Int32Array.from(values);
}

/**
 * `_metadata`: JSON as text, as bytes or as an array of bytes. What cannot be read is noted and left aside.
 */
export async function readMetadata(npz: Npz, findings: Findings): Promise<unknown> {
  const key = "_metadata";
  const reason = npz.unreadable.get(key);
  if (reason) findings.note(`${key}: left aside: found ${reason.found}`);
  if (!npz.has(key)) return undefined;
  try {
    const { data } = await npz.readArray(key, { atMost: MAX_TEXT_BYTES });
    const text = Array.isArray(data)
      ? data[0]
      : data instanceof Uint8Array
      ? new TextDecoder().decode(data)
      : "";
    return parseJson(text);
  } catch (error) {
    findings.note(`${key}: left aside: no JSON (${messageOf(error)})`);
    return undefined;
  }
}

/** Finds the side of an object pixel in metres: in `pixel_size_m`, a number or one for each axis, else in the metadata. */
export async function findPixelSizeOf(npz: Npz, metadata: unknown): Promise<number | undefined> {
  const key = PIXEL_SIZE_KEYS[0];
  if (!npz.has(key) || countOf(npz.entry(key).shape) > 2) return findPixelSize(metadata);
  const [side] = toFloat64(await npz.readArray(key));
  return side > 0 && Number.isFinite(side) ? side : findPixelSize(metadata);
}

/** Finds the side of an object pixel in metres, under one of its usual names. */
export function findPixelSize(metadata: unknown): number | undefined {
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const fields = new Map(Object.entries(metadata));
  for (const key of PIXEL_SIZE_KEYS) {
    const value = fields.get(key);
    if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
  }
  return undefined;
}
