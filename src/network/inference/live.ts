/**
 * An image that grows while its patterns are measured.
 *
 * @module
 */
import { breather, DataError, type Logger, silentLogger } from "../../common/mod.ts";
import type { AnyDevice } from "../../engine/mod.ts";

import type { Model } from "../model/model.ts";
import { brightnessOf, SAME_BRIGHTNESS } from "../model/scan_statistics.ts";
import {
  Canvas,
  type CanvasExtent,
  canvasExtent,
  contains,
  GrowingPatchStore,
  patchWeight,
  type PatchWeights,
  type PhaseSync,
  placePatches,
  type Positions,
  probeWeight,
  type Stitched,
  syncPhases,
  unionExtent,
} from "../../image/mod.ts";
import { trainedScales } from "./fit_scales.ts";
import { groupingOf, type Network, openNetwork } from "./network.ts";

import { applyRectScales, type RectScales } from "./rect_scales.ts";

/** Options of {@linkcode openLiveReconstruction}. */
export interface LiveOptions {
  readonly model: Model;
  readonly device: AnyDevice;
  /** Patterns that go through the network at once. Default 32 of 64 x 64, fewer where memory is short. */
  readonly batchSize?: number;
  /** Synchronise the phases of patches with the image so far, and all of them in the end. Default true. */
  readonly phaseSync?: boolean;
  /** Weights of patches where they overlap. Default probe. */
  readonly patchWeights?: PatchWeights;
  /** Pixels under this part of the largest weight are masked. Default 0.01. */
  readonly maskThreshold?: number;
  /** Bytes of patches that are held in memory for the end; more go to a temporary file. Default 512 MiB. */
  readonly patchMemoryBytes?: number;
  readonly logger?: Logger;
}

/** Patterns with their positions. */
export interface LivePatterns extends Positions {
  /** Photon counts [n, N, N]. */
  readonly counts: Float32Array;
}

/** The image at the end. */
export interface LiveImage extends Stitched {
  /** Result of the phase synchronisation, if it ran. */
  readonly sync?: Pick<PhaseSync, "pairs" | "components" | "residual" | "converged">;
}

/** Patterns of 64 x 64 that go through the network at once: more at a time come later. */
const BATCH = 32;
/** A few patterns do not wait for the time of a whole batch. */
const SMALL_PART = 8;
/** Largest image in pixels: 3 GB of sums. */
const MOST_PIXELS = 2 ** 27;
/** Patterns that tell how bright a scan is: one alone may lie under a thick part of the sample. */
const ENOUGH = 16;

/**
 * Opens a live reconstruction with the probe and the scales of the model. Throws `DataError` for a model whose network
 * takes whole groups: neighbours of a pattern may not have been measured yet.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { diskProbe, encodeNpz, openDevice, openLiveReconstruction, openScan, rasterPositions, resolveConfig } from "../../../mod.ts";
 * import { deadLeaves, scanArrays, simulateScan, train } from "../../../mod.ts";
 *
 * const positions = rasterPositions({ rows: 3, columns: 3, step: 8, x0: 36, y0: 36 });
 * const object = { ...deadLeaves({ height: 96, width: 96 }), x0: 0, y0: 0 };
 * const simulated = simulateScan({ side: 64, positions, probe: diskProbe({ side: 64, radius: 14, photons: 1e5 }), object });
 * await using scan = await openScan(await encodeNpz(scanArrays(simulated)));
 * const device = await openDevice({ accelerator: "wasm", threads: 1 });
 * const config = resolveConfig([{
 *   layer: "program",
 *   values: { model: { gridsize: 1, nFiltersScale: 1 }, training: { nepochs: 1, batchSize: 8 } },
 * }]);
 * const { model } = await train(scan, { config, device });
 *
 * const live = await openLiveReconstruction({ model, device });
 * for (let i = 0; i < scan.n; i++) { // as they come from the detector
 *   const { x, y } = scan.positionsPx;
 *   await live.add({ counts: await scan.readCounts([i]), xcoords: [x[i]], ycoords: [y[i]] });
 * }
 * assert.equal(live.snapshot().height, (await live.finish()).height);
 * live[Symbol.dispose]();
 * await device.dispose();
 * ```
 */
export async function openLiveReconstruction(options: LiveOptions): Promise<LiveReconstruction> {
  const { model, device } = options;
  if (groupingOf(model).grouped) {
    throw new DataError({
      file: "model",
      key: "gridsize",
      found:
        `a ${model.config.profile} network of gridsize ${model.config.gridsize}, which takes groups of neighbours`,
      expected: "a network that takes single patterns",
      remedy: "train in the calibrated profile, or with gridsize 1",
    });
  }
  const batch = options.batchSize ?? Math.max(1, Math.round(BATCH * Math.min(1, (64 / model.size) ** 2)));
  const networks = [await openNetwork(device, { model, batchSize: batch })];
  if (batch >= SMALL_PART) {
    try {
      networks.unshift(await openNetwork(device, { model, batchSize: Math.floor(batch / SMALL_PART) }));
    } catch (error) {
      networks[0][Symbol.dispose]();
      throw error;
    }
  }
  return new LiveReconstruction(networks, options);
}

/** An image that patterns are added to. Made by {@linkcode openLiveReconstruction}; dispose of it when done. */
export class LiveReconstruction implements Disposable {
  readonly #weight: Float32Array;
  readonly #probe: Float32Array;
  readonly #scales: RectScales | undefined;
  readonly #store: GrowingPatchStore | undefined;
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  #canvas: Canvas | undefined;
  #used: CanvasExtent | undefined;
  /** Factor on all counts, once it is known, and what it is found from. */
  #dimming: number | undefined;
  readonly #seen = { counts: 0, patterns: 0 };

  /** `networks` take few and many patterns. */
  constructor(private readonly networks: readonly Network[], private readonly options: LiveOptions) {
    const { model: { size, statistics }, phaseSync = true, patchWeights, patchMemoryBytes } = options;
    this.#probe = statistics.get("probe")?.data ?? new Float32Array(2 * size * size).fill(1);
    this.#weight = patchWeight(this.#probe, { side: size, kind: patchWeights });
    this.#scales = trainedScales(options.model);
    this.#store = phaseSync
      ? new GrowingPatchStore({ side: size, memoryBytes: patchMemoryBytes })
      : undefined;
  }

  /** Patterns on the image. */
  get patterns(): number {
    return this.#x.length;
  }

  /** Patterns that go through the network at once. */
  get batch(): number {
    return this.networks[this.networks.length - 1].batch;
  }

  /** Throws `DataError` where positions are so far away that no image holds them. */
  check({ xcoords, ycoords, source = "patterns" }: Positions & { readonly source?: string }): void {
    const wanted = canvasExtent({ xcoords, ycoords }, this.options.model.size);
    const { height, width } = this.#used ? unionExtent(this.#used, wanted) : wanted;
    if (height * width <= MOST_PIXELS) return;
    throw new DataError({
      file: source,
      key: "xcoords, ycoords",
      found: `positions that make the image ${height} x ${width}`,
      expected: `at most ${MOST_PIXELS} pixels`,
      remedy: "give positions in object pixels, not in metres or steps of a motor",
    });
  }

  /**
   * Puts patterns on the image; their phases are those that agree best with what is there. Throws `DataError` where
   * positions are too far away.
   */
  async add({ counts, xcoords, ycoords }: LivePatterns): Promise<void> {
    const n = xcoords.length, { size } = this.options.model, pixels = size ** 2;
    if (counts.length !== n * pixels || ycoords.length !== n) {
      throw new RangeError(
        `${counts.length} counts, ${n} x and ${ycoords.length} y are not patterns of ${size}`,
      );
    }
    this.check({ xcoords, ycoords });
    const dimmed = this.#asInTraining(counts);
    const breathe = breather();
    for (let first = 0; first < n; first += this.batch) {
      await breathe();
      const count = Math.min(this.batch, n - first);
      const network = this.networks.find(({ batch }) => batch >= count) ?? this.networks[0];
      const patches = await network.run(dimmed.subarray(first * pixels, (first + count) * pixels));
      if (this.#scales) applyRectScales(patches, this.#scales);
      const part = (values: ArrayLike<number>) => Array.from({ length: count }, (_, i) => values[first + i]);
      this.#place(patches, { xcoords: part(xcoords), ycoords: part(ycoords) });
    }
  }

  /** The image so far. Throws `RangeError` before the first pattern. */
  snapshot(): Stitched {
    if (!this.#canvas || !this.#used) throw new RangeError("there are no patterns on the image yet");
    return this.#canvas.finish({ minWeight: this.options.maskThreshold, within: this.#used });
  }

  /**
   * The image with the phases of all patches synchronised together, as {@linkcode reconstruct} does it. More patterns can
   * be added afterwards, not meanwhile. `signal` ends it early: its reason is thrown.
   */
  async finish({ signal }: { readonly signal?: AbortSignal } = {}): Promise<LiveImage> {
    if (!this.#store || !this.#used) return this.snapshot();
    const side = this.options.model.size;
    const at = { xcoords: this.#x, ycoords: this.#y };
    const { phases, pairs, components, residual, converged } = await syncPhases(this.#store, {
      ...at,
      signal,
      side,
      weight: probeWeight(this.#probe, side),
    });
    const image = await placePatches(this.#store, {
      ...at,
      side,
      probe: this.#probe,
      weight: this.#weight,
      phases,
      minWeight: this.options.maskThreshold,
      signal,
    });
    return { ...image, sync: { pairs, components, residual, converged } };
  }

  [Symbol.dispose](): void {
    for (const network of this.networks) network[Symbol.dispose]();
    this.#store?.[Symbol.dispose]();
    this.#canvas = undefined;
  }

  /** Counts at the brightness of the training, once enough patterns have come to tell it. */
  #asInTraining(counts: Float32Array): Float32Array {
    const { model, logger = silentLogger } = this.options;
    if (this.#dimming === undefined) {
      this.#seen.counts += counts.reduce((sum, value) => sum + value, 0);
      this.#seen.patterns += counts.length / model.size ** 2;
      if (this.#seen.patterns < ENOUGH) return counts;
      const trained = brightnessOf(model.statistics, model);
      const found = this.#seen.counts / this.#seen.patterns;
      this.#dimming = Math.abs(found / trained - 1) < SAME_BRIGHTNESS ? 1 : trained / found;
      if (this.#dimming !== 1) {
        logger.info(
          `another brightness than in training (${found.toPrecision(3)} counts in a pattern, ` +
            `${trained.toPrecision(3)} in training): the input is scaled`,
        );
      }
    }
    const dimming = this.#dimming;
    return dimming === 1 ? counts : counts.map((value) => value * dimming);
  }

  #place(patches: Float32Array, at: { readonly xcoords: number[]; readonly ycoords: number[] }): void {
    const { size } = this.options.model;
    const length = 2 * size * size;
    const canvas = this.#roomFor(canvasExtent(at, size));
    this.#store?.append(patches);
    at.xcoords.forEach((x, i) => {
      const y = at.ycoords[i];
      const patch = patches.subarray(i * length, (i + 1) * length);
      const [re, im] = this.#store ? canvas.correlate(patch, { x, y }) : [1, 0];
      canvas.add(patch, {
        xcoords: [x],
        ycoords: [y],
        phases: [re === 0 && im === 0 ? 0 : Math.atan2(im, re)],
      });
      this.#x.push(x);
      this.#y.push(y);
    });
  }

  /** The canvas, made larger by half where something does not fit. */
  #roomFor(extent: CanvasExtent): Canvas {
    const used = this.#used ? unionExtent(this.#used, extent) : extent;
    this.#used = used;
    if (this.#canvas && contains(this.#canvas.extent, extent)) return this.#canvas;
    const { size } = this.options.model;
    const pad = (length: number) => Math.max(size, Math.ceil(length / 4));
    const [dx, dy] = [pad(used.width), pad(used.height)];
    const padded = {
      x0: used.x0 - dx,
      y0: used.y0 - dy,
      width: used.width + 2 * dx,
      height: used.height + 2 * dy,
    };
    const before = this.#canvas;
    const canvas = new Canvas(before ? unionExtent(before.extent, padded) : padded, this.#weight);
    if (before) canvas.merge(before);
    this.#canvas = canvas;
    return canvas;
  }
}
