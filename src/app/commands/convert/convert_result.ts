/**
 * A result of `reconstruct` or `infer` as a product of ptychodus.
 *
 * @module
 */
import { DataError, fileName, isRecord, PLICA_VERSION } from "../../../common/mod.ts";
import { openNpz } from "../../../formats/mod.ts";
import { isFolder } from "../../../host/mod.ts";
import { readObjectFile, type StoredObject } from "../../../image/mod.ts";
import { isZipFile, openScan, type OpenScanOptions, writeProduct } from "../../../scan/mod.ts";
import type { CommandResult, Workspace } from "../../shell/command.ts";
import { UsageError } from "../../shell/exit.ts";
import { resultOrBundlePath } from "../../shell/paths.ts";
import { isResult } from "../inspect/inspect_result.ts";
import { lengthsOf } from "./convert_scan.ts";

/** Reads the result in a folder or an NPZ; undefined where there is none. */
export async function resultIn(from: string, { signal }: Workspace): Promise<StoredObject | undefined> {
  const file = await resultOrBundlePath(from);
  if (!file.endsWith(".npz")) return undefined;
  if (!await isFolder(from)) {
    if (!await isZipFile(file, { signal })) return undefined;
    await using npz = await openNpz(file, { signal });
    if (!isResult(npz)) return undefined;
  }
  return await readObjectFile(file, { signal });
}

/** Writes the product; what the result lacks comes from its scan. */
export async function convertResult(
  result: StoredObject,
  { from, to, format, scan: scanFile, data, workspace: { signal, logger } }: {
    readonly from: string;
    readonly to: string;
    readonly format: string;
    readonly scan: string | undefined;
    readonly data: OpenScanOptions;
    readonly workspace: Workspace;
  },
): Promise<CommandResult> {
  if (format !== "product") {
    throw new UsageError(`${from} is a result, which has no patterns: write a product of ptychodus, OUT.h5`);
  }
  const options = { ...data, signal, onNote: (line: string) => logger.info(line) };
  await using scan = scanFile === undefined ? undefined : await openScan(scanFile, options);
  const probe = result.probe ?? scan?.probe, positionsPx = result.positionsPx ?? scan?.positionsPx;
  if (!probe || !positionsPx) {
    throw new DataError({
      file: result.source,
      found: `a result without ${probe ? "positions" : "its probe"}`,
      expected: "the scan that it is of",
      remedy: "add --scan FILE",
    });
  }
  const n = positionsPx.x.length;
  const fits = result.patternIndex?.length === n && result.positionsPx !== undefined;
  const { detectorPixelM: _, pixelM, ...lengths } = lengthsOf({
    geometry: scan?.geometry,
    size: probe.size,
    pixelSizeM: result.pixelSizeM ?? scan?.pixelSizeM,
    metadata: scan?.metadata ?? result.metadata,
  }, data);
  const { algorithm } = isRecord(result.metadata) ? result.metadata : {};
  await writeProduct(to, {
    name: fileName(from),
    comments: [`${typeof algorithm === "string" ? algorithm : "network"}, plica ${PLICA_VERSION}`],
    ...{ positionsPx, probe, object: result.object, pixelM, losses: result.losses },
    ...lengths,
    indexes: fits && result.patternIndex ? result.patternIndex : Array.from({ length: n }, (_, k) => k),
    ...(scan ? { photons: scan.meanCounts } : {}),
  });
  const { height, width } = result.object;
  return {
    summary: { from, to, positions: n, height, width, pixel_size_m: pixelM?.[1] ?? null },
    lines: [`${from}: an object of ${height} x ${width}, ${n} positions`, `written to ${to}`],
  };
}
