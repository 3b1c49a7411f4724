/**
 * Runs the image network over an image of any size, in blocks whose borders overlap.
 *
 * @module
 */
import { type AnyDevice, compile, Graph, type Program, Storage } from "../../engine/mod.ts";
import { Scope, Weights } from "../model/parameters.ts";
import { CHANNELS, type NetworkInput } from "./channels.ts";
import { BORDER, imageNetwork, SIDE_MULTIPLE } from "./unet.ts";

/** Weights of the image network by name. */
export type ImageWeights = ReadonlyMap<string, Float32Array>;

/** What the network makes of an image. */
export interface CleanedImage {
  /** (height, width) interleaved. */
  readonly data: Float32Array;
  /** Expected error of each pixel, |O - O_true|, (height, width). */
  readonly error: Float32Array;
}

/** Options of {@linkcode applyNetwork}. */
export interface ApplyOptions {
  readonly device: AnyDevice;
  readonly weights: ImageWeights;
  /** Largest side of a block in pixels, a multiple of 4. Default 512. */
  readonly block?: number;
  readonly signal?: AbortSignal;
}

/** Light from which the network's image counts, and from which it counts alone: it was trained on lit pixels. */
const DIM = 0.05, LIT = 0.15;

/** Cleans an image; where hardly any light fell, it stays as it is. Throws an `Error` for weights of another network, and the reason of the signal. */
export async function applyNetwork(input: NetworkInput, options: ApplyOptions): Promise<CleanedImage> {
  const { block = 512, signal } = options;
  const { height, width, frame, noise, light, z } = input;
  const rows = cuts(height, block), columns = cuts(width, block);
  using network = await openNetwork({ ...options, height: rows[0].length, width: columns[0].length });
  const data = new Float32Array(2 * height * width), error = new Float32Array(height * width);
  for (const row of rows) {
    for (const column of columns) {
      signal?.throwIfAborted();
      const { re, im, logError } = await network.run(input, { top: row.start, left: column.start });
      for (let y = row.from; y < Math.min(row.to, height); y++) {
        for (let x = column.from; x < Math.min(column.to, width); x++) {
          const i = y * width + x, k = (y - row.start) * column.length + x - column.start;
          const part = Math.min(1, Math.max(0, (light[i] - DIM) / (LIT - DIM)));
          const [a, b] = [z.re[i] + part * (re[k] - z.re[i]), z.im[i] + part * (im[k] - z.im[i])];
          data[2 * i] = a * frame.re[i] - b * frame.im[i];
          data[2 * i + 1] = a * frame.im[i] + b * frame.re[i];
          error[i] = noise[i] * Math.exp(logError[k]);
        }
      }
    }
  }
  return { data, error };
}

/** A block along one axis: where it begins, how long it is, and the part of it that counts. */
interface Cut {
  readonly start: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
}

/** Blocks of one length over `size` pixels, which overlap so that what counts has a border of `BORDER` around it. */
function cuts(size: number, block: number): Cut[] {
  const padded = Math.ceil(size / SIDE_MULTIPLE) * SIDE_MULTIPLE;
  const length = Math.min(block, padded);
  const out: Cut[] = [];
  for (let start = 0;; start += length - 2 * BORDER) {
    const last = start + length >= padded;
    const begin = last ? padded - length : start;
    const from = out.length === 0 ? 0 : out[out.length - 1].to;
    out.push({ start: begin, length, from, to: last ? padded : begin + length - BORDER });
    if (last) return out;
  }
}

interface OpenNetwork extends Disposable {
  run(
    input: NetworkInput,
    place: { readonly top: number; readonly left: number },
  ): Promise<{ re: Float32Array; im: Float32Array; logError: Float32Array }>;
}

async function openNetwork(
  { device, weights: values, height, width }: ApplyOptions & {
    readonly height: number;
    readonly width: number;
  },
): Promise<OpenNetwork> {
  const graph = new Graph(), weights = new Weights("image network");
  const plane = (name: string) => graph.input(name, [1, 1, height, width]);
  const planes = { re: plane("re"), im: plane("im"), noise: plane("noise") };
  const channels = graph.input("channels", [1, CHANNELS, height, width]);
  const { re, im, logError } = imageNetwork(new Scope(graph, weights), channels, planes);
  const storage = new Storage(device, weights.space);
  let program: Program;
  try {
    writeWeights(storage, { weights, values });
    program = await compile(device, { graph, outputs: { re, im, logError }, storages: [storage] });
  } catch (error) {
    storage[Symbol.dispose]();
    throw error;
  }
  return {
    async run(input, { top, left }) {
      const cut = (plane: Float32Array) => cutBlock(plane, { ...input, top, left, block: { height, width } });
      program.write("channels", cut(input.channels));
      program.write("re", cut(input.z.re));
      program.write("im", cut(input.z.im));
      program.write("noise", cut(input.noise));
      program.run();
      const [a, b, c] = await Promise.all(["re", "im", "logError"].map((name) => program.read(name)));
      return { re: a, im: b, logError: c };
    },
    [Symbol.dispose]() {
      program[Symbol.dispose]();
      storage[Symbol.dispose]();
    },
  };
}

function writeWeights(
  storage: Storage,
  { weights, values }: { readonly weights: Weights; readonly values: ImageWeights },
): void {
  for (const { name, shape } of weights.entries) {
    const found = values.get(name);
    const count = shape.reduce((product, side) => product * side, 1);
    if (found?.length !== count) {
      throw new Error(
        `weights of the image network: ${name}: found ${found?.length ?? "none"}, expected ${count}`,
      );
    }
    storage.write(name, found);
  }
}

/** A block of every plane of (planes, height, width); 0 beyond the image. */
function cutBlock(planes: Float32Array, { height, width, top, left, block }: {
  readonly height: number;
  readonly width: number;
  readonly top: number;
  readonly left: number;
  readonly block: { readonly height: number; readonly width: number };
}): Float32Array {
  const count = planes.length / (height * width);
  const out = new Float32Array(count * block.height * block.width);
  const inside = Math.min(block.width, width - left);
  for (let c = 0; c < count; c++) {
    for (let y = 0; y < Math.min(block.height, height - top); y++) {
      const from = (c * height + top + y) * width + left;
      out.set(planes.subarray(from, from + inside), (c * block.height + y) * block.width);
    }
  }
  return out;
}
