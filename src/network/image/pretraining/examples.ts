/**
 * Examples: what the network sees of a synthetic scan, and the truth in the same frame; crops of them in any orientation.
 *
 * @module
 */
import type { AnyDevice } from "../../../engine/mod.ts";
import { type PlacedImage, Random } from "../../../numeric/mod.ts";
import { CHANNELS, type NetworkInput, networkInput } from "../channels.ts";
import { solverImages } from "../sweeps.ts";
import { drawSettings, syntheticScan } from "./scans.ts";

/** An input with its truth, O_true conj(u) after one global phase. */
export interface Example {
  readonly input: NetworkInput;
  readonly truth: { readonly re: Float32Array; readonly im: Float32Array };
}

/** Illumination below which a pixel is not judged. */
const LEAST_LIGHT = 0.3;

/** Makes the example of a number. Throws as `planSimulation` and `solve` do for settings that cannot work. */
export async function makeExample(
  seed: number,
  { device, signal }: { readonly device: AnyDevice; readonly signal?: AbortSignal },
): Promise<Example> {
  const random = new Random(seed, "pretraining solver");
  const epochs = 3 + Math.floor(10 * random.uniform());
  await using synthetic = await syntheticScan(drawSettings(seed), { device, signal });
  const images = await solverImages(synthetic.scan, {
    device,
    signal,
    epochs,
    probe: random.uniform() < 0.5,
    seed,
  });
  const input = networkInput(images);
  return { input, truth: truthFor(images.whole.object, synthetic.truth, input) };
}

/** The truth on the canvas of the image, with the factor that brings both together, relative to u. */
function truthFor(
  object: {
    readonly height: number;
    readonly width: number;
    readonly data: Float32Array;
    readonly x0: number;
    readonly y0: number;
  },
  truth: PlacedImage,
  { frame, light }: NetworkInput,
): Example["truth"] {
  const { height, width, data } = object;
  const re = new Float32Array(height * width), im = new Float32Array(height * width);
  let [sumRe, sumIm, power] = [0, 0, 0];
  for (let r = 0, i = 0; r < height; r++) {
    for (let c = 0; c < width; c++, i++) {
      const [a, b] = bilinear(truth, c + object.x0 - truth.x0, r + object.y0 - truth.y0);
      [re[i], im[i]] = [a, b];
      sumRe += light[i] * (data[2 * i] * a + data[2 * i + 1] * b);
      sumIm += light[i] * (data[2 * i + 1] * a - data[2 * i] * b);
      power += light[i] * (a * a + b * b);
    }
  }
  // the light is shared between probe and object as the solver has it: amplitude and phase of one factor are free
  const [cRe, cIm] = [sumRe / power, sumIm / power];
  for (let i = 0; i < re.length; i++) {
    const [a, b] = [re[i] * cRe - im[i] * cIm, im[i] * cRe + re[i] * cIm];
    re[i] = a * frame.re[i] + b * frame.im[i];
    im[i] = b * frame.re[i] - a * frame.im[i];
  }
  return { re, im };
}

/** The image between its pixels; 1 beyond its borders. */
function bilinear({ height, width, data }: PlacedImage, x: number, y: number): [number, number] {
  const column = Math.floor(x), row = Math.floor(y);
  const [ax, ay] = [x - column, y - row];
  const at = (r: number, c: number, part: 0 | 1) =>
    r < 0 || c < 0 || r >= height || c >= width ? 1 - part : data[2 * (r * width + c) + part];
  const value = (part: 0 | 1) =>
    (1 - ay) * ((1 - ax) * at(row, column, part) + ax * at(row, column + 1, part)) +
    ay * ((1 - ax) * at(row + 1, column, part) + ax * at(row + 1, column + 1, part));
  return [value(0), value(1)];
}

/** Arrays of a batch of crops, by the names of the inputs that they fill. */
export interface CropBatch {
  readonly channels: Float32Array;
  readonly re: Float32Array;
  readonly im: Float32Array;
  readonly noise: Float32Array;
  readonly truthRe: Float32Array;
  readonly truthIm: Float32Array;
  readonly weight: Float32Array;
  readonly scale: Float32Array;
}

/** An empty batch. */
export function cropBatch(count: number, side: number): CropBatch {
  const plane = () => new Float32Array(count * side * side);
  return {
    channels: new Float32Array(count * CHANNELS * side * side),
    ...{ re: plane(), im: plane(), noise: plane(), truthRe: plane(), truthIm: plane(), weight: plane() },
    scale: new Float32Array(count),
  };
}

/** Channels that are differences to the next pixel along x and y. */
const STEPS = { x: CHANNELS - 2, y: CHANNELS - 1 } as const;

/** Fills place `b` of a batch with a random crop in a random one of the eight orientations. */
export function fillCrop(batch: CropBatch, b: number, { example, side, random }: {
  readonly example: Example;
  readonly side: number;
  readonly random: Random;
}): void {
  const { input, truth } = example;
  const { height, width } = input;
  const top = Math.floor(random.uniform() * (height - side + 1));
  const left = Math.floor(random.uniform() * (width - side + 1));
  const turn = Math.floor(8 * random.uniform());
  const [flipX, flipY, swap] = [(turn & 1) !== 0, (turn & 2) !== 0, (turn & 4) !== 0];
  let power = 0;
  const n = height * width, area = side * side;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [u, v] = swap ? [y, x] : [x, y];
      const [sx, sy] = [flipX ? side - 1 - u : u, flipY ? side - 1 - v : v];
      const from = (top + sy) * width + left + sx, to = b * area + y * side + x;
      for (let c = 0; c < CHANNELS - 2; c++) {
        batch.channels[(b * CHANNELS + c) * area + y * side + x] = input.channels[c * n + from];
      }
      // a difference to the next pixel is, in a flipped image, the negative one of the pixel before
      const step = (channel: number, flipped: boolean, back: number, inside: boolean) =>
        flipped
          ? (inside ? -input.channels[channel * n + from - back] : 0)
          : input.channels[channel * n + from];
      const alongX = step(STEPS.x, flipX, 1, left + sx > 0);
      const alongY = step(STEPS.y, flipY, width, top + sy > 0);
      batch.channels[(b * CHANNELS + STEPS.x) * area + y * side + x] = swap ? alongY : alongX;
      batch.channels[(b * CHANNELS + STEPS.y) * area + y * side + x] = swap ? alongX : alongY;
      batch.re[to] = input.z.re[from];
      batch.im[to] = input.z.im[from];
      batch.noise[to] = input.noise[from];
      batch.truthRe[to] = truth.re[from];
      batch.truthIm[to] = truth.im[from];
      batch.weight[to] = input.light[from] > LEAST_LIGHT ? input.light[from] : 0;
      power += input.noise[from];
    }
  }
  batch.scale[b] = 1 / Math.sqrt(power / area + 0.01);
}
