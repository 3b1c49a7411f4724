/**
 * Statistics of patches as they are learnt: what a network that learns nothing shows first.
 *
 * @module
 */
import { writeFileAtomic } from "../../host/mod.ts";
import {
  encodePng,
  type Panel,
  type Raster,
  renderAmplitude,
  type Rendered,
  renderPhase,
  sideBySide,
} from "../../pictures/mod.ts";

import type { Plane } from "../../numeric/mod.ts";

/** Moments of one quantity over a batch of patches. */
export interface Moments {
  readonly mean: number;
  readonly std: number;
  /** Variance about the mean of each patch: what is structure and not a constant. */
  readonly var_zero_mean: number;
  readonly min: number;
  readonly max: number;
}

/** What is written of a batch. */
export interface PatchStats {
  readonly epoch: number;
  /** Of the batch in its epoch, from 1. */
  readonly batch: number;
  readonly patches: number;
  readonly amplitude: Moments;
  /** In radians. */
  readonly phase: Moments;
}

/** Patches whose amplitude and phase vary by less than this are flat. */
const FLAT = { amplitude: 0.005, phase: 0.01 } as const;

/** Patches shown in the grid. */
const SHOWN = 8;

/** Amplitude and phase of complex patches, interleaved [n, N, N], `pixels` = N^2 each. */
export function momentsOf(patches: Float32Array, pixels: number): Pick<PatchStats, "amplitude" | "phase"> {
  const amplitude = new Float32Array(patches.length / 2), phase = new Float32Array(patches.length / 2);
  for (let i = 0; i < amplitude.length; i++) {
    amplitude[i] = Math.hypot(patches[2 * i], patches[2 * i + 1]);
    phase[i] = Math.atan2(patches[2 * i + 1], patches[2 * i]);
  }
  return { amplitude: moments(amplitude, pixels), phase: moments(phase, pixels) };
}

function moments(values: Float32Array, pixels: number): Moments {
  let [sum, squares, structure, min, max] = [0, 0, 0, Infinity, -Infinity];
  for (let at = 0; at < values.length; at += pixels) {
    let [own, ownSquares] = [0, 0];
    for (const value of values.subarray(at, at + pixels)) {
      own += value;
      ownSquares += value * value;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    sum += own;
    squares += ownSquares;
    structure += Math.max(0, ownSquares - own * own / pixels);
  }
  const n = values.length, mean = sum / n;
  return {
    mean,
    std: Math.sqrt(Math.max(0, squares / n - mean * mean)),
    var_zero_mean: structure / n,
    min,
    max,
  };
}

/** A line of warning where patches have no structure, else undefined. */
export function flatWarning(
  { amplitude, phase }: Pick<PatchStats, "amplitude" | "phase">,
): string | undefined {
  const isFlat = Math.sqrt(amplitude.var_zero_mean) < FLAT.amplitude &&
    Math.sqrt(phase.var_zero_mean) < FLAT.phase;
  if (!isFlat) return undefined;
  return "the patches have no structure (a flat object). The usual causes: a probe that is not that of the scan, " +
    "patterns that are counts but are read as amplitudes or the other way round (--measurement), patterns whose zero " +
    "frequency is not at N/2, positions in another unit than object pixels, too few steps, or a regulariser that is too " +
    "strong";
}

/** Which batches of an epoch are looked at: `limit` of them, spread evenly, the last one among them. */
export function isWatched(batch: number, { of, limit }: { of: number; limit: number | null }): boolean {
  if (limit === null || limit >= of) return true;
  return Math.floor((batch + 1) * limit / of) > Math.floor(batch * limit / of);
}

/** Collects the statistics of a run and writes them. */
export class PatchLog {
  readonly #batches: PatchStats[] = [];
  #last: Float32Array | undefined;

  /** `size`: N. */
  constructor(private readonly options: { readonly size: number; readonly limit: number | null }) {}

  /** Whether batch `number` (from 0) of `of` is looked at. */
  watches(number: number, of: number): boolean {
    return isWatched(number, { of, limit: this.options.limit });
  }

  /** Takes the patches of a batch down. */
  add(patches: Float32Array, place: { epoch: number; number: number }): void {
    const pixels = this.options.size ** 2;
    this.#last = patches;
    this.#batches.push({
      epoch: place.epoch,
      batch: place.number + 1,
      patches: patches.length / 2 / pixels,
      ...momentsOf(patches, pixels),
    });
  }

  /** The statistics so far. */
  get batches(): readonly PatchStats[] {
    return this.#batches;
  }

  /** A warning where the latest patches have no structure. */
  get warning(): string | undefined {
    const last = this.#batches.at(-1);
    return last && flatWarning(last);
  }

  /** Writes `patch_stats.json` and `patch_grid.png`. */
  async write(folder: string): Promise<void> {
    const warning = this.warning ?? null;
    const text = JSON.stringify({ warning, batches: this.#batches }, null, 2);
    await writeFileAtomic(`${folder}/patch_stats.json`, text + "\n");
    if (this.#last) {
      await writeFileAtomic(`${folder}/patch_grid.png`, await encodePng(this.#grid(this.#last)));
    }
  }

  /** A row of amplitudes over a row of phases. */
  #grid(patches: Float32Array): Raster {
    const { size } = this.options;
    const pixels = size ** 2;
    const count = Math.min(SHOWN, patches.length / 2 / pixels);
    const row = (
      caption: string,
      value: (re: number, im: number) => number,
      render: (p: Plane) => Rendered,
    ) =>
      Array.from({ length: count }, (_, k): Panel => {
        const data = Float32Array.from({ length: pixels }, (_, i) => {
          const at = 2 * (k * pixels + i);
          return value(patches[at], patches[at + 1]);
        });
        return { image: render({ width: size, height: size, data }), caption: `${caption} ${k + 1}` };
      });
    const panels = [
      ...row("amplitude", Math.hypot, renderAmplitude),
      ...row("phase", (re, im) => Math.atan2(im, re), renderPhase),
    ];
    return sideBySide(panels, { columns: count, zoom: Math.max(1, Math.round(128 / size)) });
  }
}
