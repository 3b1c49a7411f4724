/**
 * The object of a scan by a solver and the image network: nothing is trained on the scan, and held-out patterns choose
 * between what was found on the way.
 *
 * 1. `solverImages`: epochs of ordered subsets on the whole canvas, and the images of two halves of the patterns.
 * 2. `networkInput`, `applyNetwork`: the network takes out the noise that the halves show.
 * 3. Polish: epochs of the solver from that image, and the network once more.
 * 4. `openJudge`: the likelihood of patterns that no step has seen decides, a flat object being among the choices.
 *
 * @module
 */
import { type Logger, type ProgressListener, silentLogger } from "../../common/mod.ts";
import { refuseUnknown } from "../../config/mod.ts";
import type { AnyDevice } from "../../engine/mod.ts";
import type { Stitched } from "../../image/mod.ts";
import type { Probe, Scan } from "../../scan/mod.ts";
import { applyNetwork, type CleanedImage, type ImageWeights } from "./apply.ts";
import { networkInput } from "./channels.ts";
import { holdOut, type Judge, openJudge } from "./held_out.ts";
import { EPOCHS, type SolverImages, solverImages } from "./sweeps.ts";

/** Options of {@linkcode reconstructImage}. */
export interface ReconstructImageOptions {
  readonly device: AnyDevice;
  readonly weights: ImageWeights;
  /** Patterns to use. Default: all. */
  readonly indices?: Int32Array;
  /** Epochs of the solver from the network's image. Default 8; 0 leaves it as it is. */
  readonly polish?: number;
  /** Light, relative to the brightest pixel, below which a pixel is masked. Default 0.01. */
  readonly maskThreshold?: number;
  readonly logger?: Logger;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

const OPTIONS = [
  "device",
  "weights",
  "indices",
  "polish",
  "maskThreshold",
  "logger",
  "onProgress",
  "signal",
] as const satisfies readonly (keyof ReconstructImageOptions)[];

/** How an image was made. */
export type CandidateName = "flat" | "solver" | "network" | "polished" | "polished network";

/** One of the images, with how well it explains patterns that it was not made from. */
export interface Candidate {
  readonly name: CandidateName;
  /** Mean Poisson deviance of a pixel; less is better. */
  readonly deviance: number;
}

/** An image without network training on its scan. */
export type ImageReconstruction =
  & Pick<Stitched, "height" | "width" | "data" | "weight" | "mask" | "x0" | "y0">
  & {
    readonly chosen: CandidateName;
    readonly candidates: readonly Candidate[];
    /** The network's image where another was chosen. */
    readonly smooth?: Float32Array;
    /** Expected error |O - O_true| of each pixel of the network's image. */
    readonly expectedError: Float32Array;
    readonly probe: Probe;
    readonly patterns: number;
    readonly heldOut: number;
    /** Patterns that the image was not made from prefer it to a flat object beyond doubt. */
    readonly proven: boolean;
    readonly seconds: number;
    readonly pixelSizeM?: number;
  };

/**
 * Reconstructs a scan with a pretrained image network. Throws as `solve` does, the reason of the signal, and an `Error` for
 * weights of another network.
 */
export async function reconstructImage(
  scan: Scan,
  options: ReconstructImageOptions,
): Promise<ImageReconstruction> {
  refuseUnknown(options, OPTIONS, "reconstructImage");
  const begun = performance.now();
  const { polish = EPOCHS, maskThreshold = 0.01, logger = silentLogger } = options;
  const indices = options.indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  const { used, judges } = holdOut(scan, indices);
  const { images: first, cleaned, judge } = await firstImages(scan, { ...options, used, judges });
  const found = new Finds(first, judge, judges.length * scan.size ** 2);
  await found.add("flat", flat(first.whole.object.data.length));
  await found.add("solver", first.whole.object.data);
  await found.add("network", cleaned.data);
  let expectedError = cleaned.error;
  if (polish > 0) {
    const initial = { object: { ...first.whole.object, data: cleaned.data }, probe: first.whole.probe };
    const second = await solverImages(scan, {
      ...solverOptions(options),
      indices: used,
      epochs: polish,
      initial,
      probe: false,
    });
    await found.add("polished", second.whole.object.data);
    const again = await clean(second, options);
    await found.add("polished network", again.data);
    if (found.best.name !== "network") expectedError = again.error;
  }
  const { best, candidates } = found;
  logger.info(
    `held-out patterns choose the image "${best.name}": deviance ${
      candidates.map(({ name, deviance }) => `${name} ${deviance.toPrecision(5)}`).join(", ")
    }`,
  );
  const { object, weight, probe } = first.whole;
  const brightest = weight.reduce((most, value) => Math.max(most, value), 0);
  return {
    ...object,
    data: best.data,
    weight,
    mask: Uint8Array.from(weight, (value) => value >= maskThreshold * brightest ? 1 : 0),
    chosen: best.name,
    candidates,
    ...(best.name.endsWith("network") ? {} : { smooth: found.smooth }),
    expectedError,
    probe,
    patterns: used.length,
    heldOut: judges === used ? 0 : judges.length,
    proven: judges !== used && found.beyondFlat > PROVEN,
    seconds: (performance.now() - begun) / 1000,
    ...(scan.pixelSizeM === undefined ? {} : { pixelSizeM: scan.pixelSizeM }),
  };
}

/** Photons of a pattern below which updating the probe may fit noise: it is tried with and without. */
const FEW_PHOTONS = 1e6;

interface First {
  readonly images: SolverImages;
  readonly cleaned: CleanedImage;
  readonly judge: Judge;
}

/** The solver's images from a flat object, with the probe as given or updated, as held-out patterns prefer. */
async function firstImages(
  scan: Scan,
  options: ReconstructImageOptions & { readonly used: Int32Array; readonly judges: Int32Array },
): Promise<First> {
  let best: (First & { readonly deviance: number }) | undefined;
  for (const probe of scan.meanCounts < FEW_PHOTONS ? [false, true] : [true]) {
    const images = await solverImages(scan, { ...solverOptions(options), indices: options.used, probe });
    const judge = openJudge(scan, { ...options, probe: images.whole.probe });
    const cleaned = await clean(images, options);
    const { deviance } = await judge({ ...images.whole.object, data: cleaned.data });
    if (!best || deviance < best.deviance) best = { images, cleaned, judge, deviance };
  }
  if (!best) throw new TypeError("no images");
  return best;
}

function solverOptions({ device, logger, onProgress, signal }: ReconstructImageOptions) {
  return { device, logger, onProgress, signal };
}

async function clean(images: SolverImages, { device, weights, signal }: ReconstructImageOptions) {
  return await applyNetwork(networkInput(images), { device, weights, signal });
}

function flat(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 1 - i % 2);
}

/** Deviances summed over the judging pixels that differ by less are not told apart: a likelihood ratio of exp(5). */
const UNDECIDED = 10;
/** The same between an image and a flat object, from which on nobody doubts that there is something to see: exp(25). */
const PROVEN = 50;
/** What is taken where images explain the patterns alike. */
const PREFERENCE: readonly CandidateName[] = ["network", "polished network", "polished", "solver", "flat"];

/** The images found so far, with what the held-out patterns say. */
class Finds {
  readonly #all: (Candidate & { readonly data: Float32Array })[] = [];

  /** `pixels`: number of detector pixels that judge. */
  constructor(
    private readonly first: SolverImages,
    private readonly judge: Judge,
    private readonly pixels: number,
  ) {}

  /** Judges an image and keeps it, with the amplitude that gives the patterns their photons. */
  async add(name: CandidateName, data: Float32Array): Promise<void> {
    const { deviance, factor } = await this.judge({ ...this.first.whole.object, data });
    this.#all.push({ name, deviance, data: data.map((value) => value * factor) });
  }

  /** The least deviance; among those that the held-out patterns cannot tell from it, the one with the most knowledge. */
  get best(): Candidate & { readonly data: Float32Array } {
    const least = Math.min(...this.#all.map(({ deviance }) => deviance));
    const level = this.#all.filter(({ deviance }) => deviance <= least + UNDECIDED / this.pixels);
    return level.reduce((best, one) =>
      PREFERENCE.indexOf(one.name) < PREFERENCE.indexOf(best.name) ? one : best
    );
  }

  /** The network's image after all epochs of the solver. */
  get smooth(): Float32Array | undefined {
    return this.#all.findLast(({ name }) => name.endsWith("network"))?.data;
  }

  /** What the deviance of all judging pixels is less than that of a flat object. */
  get beyondFlat(): number {
    const flat = this.#all.find(({ name }) => name === "flat");
    return flat ? this.pixels * (flat.deviance - this.best.deviance) : 0;
  }

  get candidates(): readonly Candidate[] {
    return this.#all.map(({ name, deviance }) => ({ name, deviance }));
  }
}
