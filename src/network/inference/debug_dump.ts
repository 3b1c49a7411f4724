/**
 * Writes diagnostics of a reconstruction: the first patches, their positions, statistics of the canvas.
 *
 * @module
 */
import { writeFileAtomic } from "../../host/mod.ts";
import { figure, renderAmplitude, scaleOf, writePng } from "../../pictures/mod.ts";

import { momentsOf } from "../model/patch_moments.ts";
import type { PatchStore, Stitched } from "../../image/mod.ts";

/** Patches that are shown. */
const SHOWN = 16;
/** Patches that the figures are of. */
const COUNTED = 1024;

/** Content of the dump. */
export interface DebugDump {
  readonly patches: PatchStore;
  /** N. */
  readonly side: number;
  readonly xcoords: Float64Array;
  readonly ycoords: Float64Array;
  /** Constants that were taken out, where phases were synchronised. */
  readonly phases?: Float64Array;
}

/**
 * Writes `canvas.json` (sizes), `offsets.json` (places and phases of the patches), `stats.json` (moments of patches and
 * canvas), `pred_patches_amp_grid.png` (amplitudes of the first 16 patches on one scale) and its twin
 * `pred_patches_amp_grid_normalized.png` (each on a scale of its own). The folder has to be there.
 */
export async function writeDebugDump(
  folder: string,
  { dump, image }: { readonly dump: DebugDump; readonly image: Stitched },
): Promise<void> {
  const { patches, side } = dump;
  const json = (name: string, value: unknown) =>
    writeFileAtomic(`${folder}/${name}.json`, JSON.stringify(value, null, 2) + "\n");
  await json("canvas", canvasFacts(dump, image));
  await json("offsets", offsetFacts(dump, image));
  const { amplitude, phase } = momentsOf(patches.read(0, Math.min(patches.count, COUNTED)), side ** 2);
  await json("stats", {
    patches: Math.min(patches.count, COUNTED),
    patch_amplitude: amplitude,
    patch_phase: phase,
    canvas_amplitude: canvasMoments(image),
  });
  const shown = patches.read(0, Math.min(patches.count, SHOWN)).slice();
  const grid = async (name: string, normalized: boolean) =>
    await writePng(`${folder}/${name}.png`, await amplitudeGrid(shown, { side, normalized }));
  await grid("pred_patches_amp_grid", false);
  await grid("pred_patches_amp_grid_normalized", true);
}

/** Offsets are positions less the middle of the canvas. */
function middled({ xcoords, ycoords }: DebugDump, { x0, y0, width, height }: Stitched) {
  return {
    dx: xcoords.map((x) => x - (x0 + width / 2)),
    dy: ycoords.map((y) => y - (y0 + height / 2)),
  };
}

function canvasFacts(dump: DebugDump, image: Stitched) {
  const { dx, dy } = middled(dump, image);
  const most = (values: Float64Array) => values.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
  const { height, width, x0, y0, mask } = image;
  return {
    patch_size: dump.side,
    canvas_size: Math.max(height, width),
    height,
    width,
    x0,
    y0,
    num_patch_slots: dump.patches.count,
    max_abs_dx: most(dx),
    max_abs_dy: most(dy),
    masked_fraction: 1 - mask.reduce((sum, m) => sum + m, 0) / mask.length,
  };
}

function offsetFacts(dump: DebugDump, image: Stitched) {
  const { dx, dy } = middled(dump, image);
  const { xcoords, ycoords, phases } = dump;
  const mean = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const std = (values: Float64Array) => {
    const m = mean(values);
    return Math.sqrt(mean(values.map((v) => (v - m) ** 2)));
  };
  const first = Math.min(SHOWN, dx.length);
  return {
    count: dx.length,
    first_offsets_px: Array.from({ length: first }, (_, i) => ({
      x: xcoords[i],
      y: ycoords[i],
      dx: dx[i],
      dy: dy[i],
      ...(phases ? { phase: phases[i] } : {}),
    })),
    mean_dx: mean(dx),
    mean_dy: mean(dy),
    std_dx: std(dx),
    std_dy: std(dy),
  };
}

function canvasMoments({ data, mask }: Stitched) {
  let [count, sum, squares, min, max] = [0, 0, 0, Infinity, -Infinity];
  mask.forEach((inside, i) => {
    if (inside === 0) return;
    const value = Math.hypot(data[2 * i], data[2 * i + 1]);
    count++;
    sum += value;
    squares += value * value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  });
  const mean = sum / count;
  return { mean, std: Math.sqrt(Math.max(0, squares / count - mean * mean)), min, max };
}

/** Amplitudes of patches, four in a row. */
function amplitudeGrid(
  patches: Float32Array,
  { side, normalized }: { readonly side: number; readonly normalized: boolean },
) {
  const pixels = side * side;
  const planes = Array.from(
    { length: patches.length / 2 / pixels },
    (_, k) =>
      Float32Array.from({ length: pixels }, (_, i) => {
        const at = 2 * (k * pixels + i);
        return Math.hypot(patches[at], patches[at + 1]);
      }),
  );
  let low = Infinity, high = -Infinity;
  for (const plane of planes) {
    for (const value of plane) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const limits = normalized ? undefined : [low, high] as const;
  const panels = planes.map((data, k) => ({
    image: renderAmplitude({ width: side, height: side, data }, { limits }),
    title: `Patch ${k}`,
    label: "amplitude",
    scale: scaleOf(undefined),
  }));
  const scale = normalized ? "each on a scale of its own" : "on one scale";
  const title = `Amplitudes of the first patches, ${scale}`;
  return figure(panels, { title, columns: Math.min(4, panels.length), side: 160 });
}
