/**
 * The coordinates of a scan, read and checked.
 *
 * @module
 */
import { describeShape } from "../../common/mod.ts";
import { countOf, type Npz, toFloat64 } from "../../formats/mod.ts";

import type { Findings } from "./contract.ts";
import type { PositionsPx } from "../../numeric/mod.ts";

/** Longest side of the scanned area, in pixels. */
const MAX_SPAN_PX = 65536;
/** Largest canvas, in pixels: 4 GiB as complex64. */
const MAX_CANVAS_PX = 2 ** 29;

/** Most patterns of a scan: 2048 x 2048 of a 4D-STEM scan. */
const MAX_PATTERNS = 2 ** 22;

/** `xcoords` and `ycoords`; `undefined` with a problem in `findings` where they do not fit. */
export async function readPositions(npz: Npz, findings: Findings): Promise<PositionsPx | undefined> {
  const x = await readColumn(npz, findings, "xcoords");
  const y = await readColumn(npz, findings, "ycoords");
  if (!x || !y) return undefined;
  if (x.length !== y.length) {
    const remedy = "give one x and one y for each pattern";
    findings.problem("ycoords", `${y.length} values`, `${x.length}, as many as xcoords`, remedy);
    return undefined;
  }
  return { x, y };
}

async function readColumn(npz: Npz, findings: Findings, key: string): Promise<Float64Array | undefined> {
  const entry = await findings.attempt(() => Promise.resolve(npz.entry(key)));
  if (!entry) return undefined;
  if (!/^(u?int|float)/.test(entry.dtype) || countOf(entry.shape) !== Math.max(0, ...entry.shape)) {
    const found = `${entry.dtype} of shape ${describeShape(entry.shape)}`;
    findings.problem(key, found, "numbers of shape [n]", "save one coordinate for each pattern, in pixels");
    return undefined;
  }
  if (countOf(entry.shape) > MAX_PATTERNS) {
    const found = `${countOf(entry.shape)} coordinates`;
    findings.problem(
      key,
      found,
      `at most ${MAX_PATTERNS}`,
      "split the scan, or check how the file was written",
    );
    return undefined;
  }
  if (entry.shape.length !== 1) findings.note(`${key}: shape ${describeShape(entry.shape)} flattened`);
  const values = await findings.attempt(async () => toFloat64(await npz.readArray(key)));
  const bad = values?.findIndex((value) => !Number.isFinite(value)) ?? -1;
  if (!values || bad < 0) return values;
  findings.problem(key, `${values[bad]} at index ${bad}`, "finite pixels", "remove or repair the position");
  return undefined;
}

/** Returns the extent of the positions in pixels, without the patches around them. */
export function extentOf({ x, y }: PositionsPx): { minX: number; maxX: number; minY: number; maxY: number } {
  let [minX, maxX, minY, maxY] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < x.length; i++) {
    minX = Math.min(minX, x[i]);
    maxX = Math.max(maxX, x[i]);
    minY = Math.min(minY, y[i]);
    maxY = Math.max(maxY, y[i]);
  }
  return { minX, maxX, minY, maxY };
}

/** Refuses coordinates that cannot be pixels: metres, or a canvas out of all proportion. `size`: N. */
export function checkExtent(positions: PositionsPx, size: number, findings: Findings): void {
  const { minX, maxX, minY, maxY } = extentOf(positions);
  const [width, height] = [maxX - minX, maxY - minY];
  const span = `a span of ${short(width)} x ${short(height)}`;
  const remedy =
    "give their unit with --positions-unit (m, mm, um, nm), and --energy, --distance and --detector-pixel where the file has no pixel";
  if (positions.x.length > 1 && Math.max(width, height) < 1) {
    const found = `${span}, all within one pixel (metres?)`;
    findings.problem("xcoords, ycoords", found, "object pixels", remedy);
  } else if (Math.max(width, height) > MAX_SPAN_PX) {
    findings.problem("xcoords, ycoords", span, `object pixels, at most ${MAX_SPAN_PX} across`, remedy);
  } else if ((width + size) * (height + size) > MAX_CANVAS_PX) {
    const expected = `a canvas of at most ${MAX_CANVAS_PX} pixels`;
    findings.problem(
      "xcoords, ycoords",
      span,
      expected,
      "split the scan, or check the unit of the coordinates",
    );
  }
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
