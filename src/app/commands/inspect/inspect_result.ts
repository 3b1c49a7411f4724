/**
 * Report of `plica inspect` on a result: an object without patterns.
 *
 * @module
 */
import { DataError, isRecord } from "../../../common/mod.ts";
import type { Npz } from "../../../formats/mod.ts";
import { readObjectFile, type StoredObject } from "../../../image/mod.ts";
import { formatNumber } from "../../shell/table.ts";

/** Report on a result, as facts for `--json` and as lines. */
export interface ResultReport {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  readonly problems: readonly DataError[];
}

/** Returns true if an NPZ holds an object and no patterns. */
export function isResult(npz: Npz): boolean {
  return npz.has("object") && !npz.has("diffraction") && !npz.has("diff3d");
}

/** Looks at a result; damage is a problem in the report. */
export async function inspectResult(npz: Npz, { signal }: { signal: AbortSignal }): Promise<ResultReport> {
  try {
    return { ...reportOf(await readObjectFile(npz.file, { signal })), problems: [] };
  } catch (error) {
    if (error instanceof DataError) return { facts: {}, lines: [], problems: [error] };
    throw error;
  }
}

function reportOf(
  { object, probe, positionsPx, losses, pixelSizeM, metadata }: StoredObject,
): Omit<ResultReport, "problems"> {
  const { algorithm, device, seconds } = isRecord(metadata) ? metadata : {};
  const facts = {
    canvas: { height: object.height, width: object.width, x0: object.x0, y0: object.y0 },
    ...(pixelSizeM === undefined ? {} : { pixel_size_m: pixelSizeM }),
    algorithm,
    device,
    seconds,
    ...(losses ? { epochs: losses.length, last_error: losses.at(-1) } : {}),
    ...(probe ? { probe_modes: probe.modes } : {}),
    ...(positionsPx ? { positions: positionsPx.x.length } : {}),
  };
  const lines = [
    `canvas     ${object.height} x ${object.width}, its first pixel at x ${object.x0}, y ${object.y0}`,
    ...(pixelSizeM === undefined ? [] : [`pixel size ${formatNumber(pixelSizeM * 1e9)} nm`]),
    ...(algorithm === undefined ? [] : [`algorithm  ${algorithm}`]),
    ...(device === undefined ? [] : [`device     ${device}`]),
    ...(typeof seconds === "number" ? [`seconds    ${formatNumber(seconds)}`] : []),
    ...(losses && losses.length > 0
      ? [`epochs     ${losses.length}, the last with an error of ${formatNumber(losses[losses.length - 1])}`]
      : []),
    ...(probe ? [`probe      ${probe.modes} mode${probe.modes > 1 ? "s" : ""}`] : []),
    ...(positionsPx ? [`positions  ${positionsPx.x.length}`] : []),
  ];
  return { facts, lines };
}
