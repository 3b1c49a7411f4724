/**
 * What the image network looks at: the image of a few epochs of a solver, and the images that each half of the patterns
 * makes of it, whose difference shows the noise.
 *
 * @module
 */
import type { Logger, ProgressListener } from "../../common/mod.ts";
import type { AnyDevice } from "../../engine/mod.ts";
import { Random } from "../../numeric/mod.ts";
import { coveringSubsets, type InitialState, type Solution, solve } from "../../solver/mod.ts";
import type { Scan } from "../../scan/mod.ts";

/** Epochs of ordered subsets from a flat object. */
export const EPOCHS = 8;
/** Epochs of each half from the image of all, and their momentum. */
const HALF = { epochs: 3, momentum: 0.5 } as const;
/** Subsets of the whole scan; each half has half of them. */
const SUBSETS = 4;

/** Images of one scan in one frame. */
export interface SolverImages {
  /** From all patterns, with probe and illumination. */
  readonly whole: Solution;
  /** The objects of the two halves, (height, width) interleaved, in the frame of `whole`. */
  readonly halves: readonly [Float32Array, Float32Array];
}

/** Options of {@linkcode solverImages}. */
export interface SolverImagesOptions {
  readonly device: AnyDevice;
  /** Patterns to use. Default: all. */
  readonly indices?: Int32Array;
  readonly initial?: InitialState;
  /** Epochs from the start. Default 8. */
  readonly epochs?: number;
  /** Update the probe. Default true. */
  readonly probe?: boolean;
  readonly seed?: number;
  readonly logger?: Logger;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/**
 * Runs the solver on all patterns and on each half of them. Throws as `solve` does, and the reason of the signal.
 */
export async function solverImages(scan: Scan, options: SolverImagesOptions): Promise<SolverImages> {
  const { seed = 0, epochs = EPOCHS, probe = true, initial, ...rest } = options;
  const { signal } = rest;
  const common = { algorithm: "OSM", seed } as const;
  const whole = await solve(scan, {
    ...rest,
    ...(initial ? { initial } : {}),
    config: { solver: { ...common, numEpochs: epochs, subsets: SUBSETS, probe } },
  });
  signal?.throwIfAborted();
  const at = (axis: Float64Array) => Float64Array.from(whole.indices, (index) => axis[index]);
  const positions = { x: at(scan.positionsPx.x), y: at(scan.positionsPx.y) };
  const parts = coveringSubsets(positions, { count: 2, random: new Random(seed, "halves") });
  const halves: Float32Array[] = [];
  for (const part of parts) {
    const half = await solve(scan, {
      ...rest,
      indices: Int32Array.from(part, (place) => whole.indices[place]).sort(),
      initial: { object: whole.object, probe: whole.probe },
      config: {
        solver: {
          ...common,
          numEpochs: HALF.epochs,
          momentum: HALF.momentum,
          subsets: SUBSETS / 2,
          probe: false,
        },
      },
    });
    signal?.throwIfAborted();
    halves.push(inFrameOf(whole.object, half.object));
  }
  return { whole, halves: [halves[0], halves[1]] };
}

type Placed = Solution["object"];

/** A part of an image laid over the whole. */
function inFrameOf(whole: Placed, part: Placed): Float32Array {
  const out = whole.data.slice();
  const [dx, dy] = [Math.round(part.x0 - whole.x0), Math.round(part.y0 - whole.y0)];
  for (let row = 0; row < part.height; row++) {
    for (let column = 0; column < part.width; column++) {
      const [r, c] = [row + dy, column + dx];
      if (r < 0 || c < 0 || r >= whole.height || c >= whole.width) continue;
      const from = 2 * (row * part.width + column);
      out.set(part.data.subarray(from, from + 2), 2 * (r * whole.width + c));
    }
  }
  return out;
}
