/**
 * The map of bad pixels: read and checked, shown, and used by solvers and training.
 */
import assert from "node:assert/strict";
import { resolveConfig } from "../../src/config/resolve.ts";
import { openDevice } from "../../src/engine/devices/open.ts";
import type { NpyArray } from "../../src/formats/npy/npy.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { DETECTOR_MASK } from "../../src/network/model/objective.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { joinScans, type ScanSet } from "../../src/scan/scan_set.ts";
import { inspectScan } from "../../src/scan/inspect.ts";
import { openScan } from "../../src/scan/scan.ts";
import type { Scan } from "../../src/scan/types.ts";
import { solve } from "../../src/solver/solve.ts";
import { train } from "../../src/network/training/train.ts";
import { smallScan } from "../support/small_scan.ts";
import { objectError, toyScan } from "../support/toy_scan.ts";

const SIDE = 64, PIXELS = SIDE * SIDE;
/** The brightest pixels and one of the dark ones. */
const BAD = [32 * SIDE + 32, 32 * SIDE + 31, 31 * SIDE + 32, 5 * SIDE + 7];

const mapOf = (bad: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: PIXELS }, (_, pixel) => bad.includes(pixel) ? 0 : 1);
const maskArray = (data = mapOf(BAD)): NpyArray => ({ dtype: "uint8", shape: [SIDE, SIDE], data });

/** A small scan with `value` in its bad pixels, with its map or without, as the bytes of a file. */
async function fileWith(value: number, mask: NpyArray | undefined = maskArray()): Promise<Uint8Array> {
  const simulated = smallScan(3);
  const diffraction = simulated.diffraction.map((v, i) => BAD.includes(i % PIXELS) ? value : v);
  return await encodeNpz({ ...scanArrays({ ...simulated, diffraction }), ...(mask ? { mask } : {}) });
}

Deno.test("bad pixels are read as 0, whatever is in them, and the rest as it is", async () => {
  const notes: string[] = [];
  await using scan = await openScan(await fileWith(NaN), { onNote: (line) => notes.push(line) });
  await using plain = await openScan(await fileWith(0, maskArray(mapOf([]))));
  assert.deepEqual(scan.mask, mapOf(BAD));
  assert.equal(plain.mask, undefined);
  assert.equal(scan.meanCounts, plain.meanCounts);
  assert.deepEqual(await scan.readCounts([0, 5]), await plain.readCounts([0, 5]));
  assert.deepEqual(await scan.readAmplitudes([8]), await plain.readAmplitudes([8]));
  assert.match(notes.join(), /4 bad pixels/);
  assert.equal((await inspectScan(await fileWith(-1))).badPixels, 4);
});

Deno.test("a map that does not fit is refused", async () => {
  const refused: [NpyArray, RegExp][] = [
    [
      { dtype: "uint8", shape: [32, 32], data: new Uint8Array(1024) },
      /mask: found uint8 of shape \[32, 32\]/,
    ],
    [
      { dtype: "complex64", shape: [SIDE, SIDE], data: new Float32Array(2 * PIXELS) },
      /mask: found complex64/,
    ],
    [maskArray(new Uint8Array(PIXELS)), /mask: found no good pixel/],
  ];
  for (const [mask, message] of refused) {
    await assert.rejects(fileWith(1, mask).then((file) => openScan(file)), { name: "DataError", message });
  }
});

Deno.test("solvers leave bad pixels out without being told, and more where they are told [wasm]", async () => {
  const side = 32, bad = [16 * side + 20, 18 * side + 14, 10 * side + 16];
  const toy = toyScan({ side, across: 8, step: 3, badPixels: bad });
  const good = (pixels: readonly number[]) =>
    Uint8Array.from({ length: side * side }, (_, pixel) => pixels.includes(pixel) ? 0 : 1);
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  const errorWith = async (own: readonly number[], told: readonly number[] = []) => {
    const scan: Scan = { ...toy.scan, mask: good(own) };
    return objectError(
      await solve(scan, {
        device,
        config: { solver: { numEpochs: 20, batchSize: 8 } },
        ...(told.length ? { mask: good(told) } : {}),
      }),
      toy,
    );
  };
  const [none, own, both] = [
    await errorWith([]),
    await errorWith(bad),
    await errorWith(bad.slice(1), bad.slice(0, 2)),
  ];
  await device.dispose();
  assert(own < none / 2, `${own} of ${none}`);
  assert(Math.abs(both / own - 1) < 1e-5, `${both} and ${own}`);
});

Deno.test("bad pixels do not count in training, of one scan or of several [wasm]", async () => {
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  const open = async (...parts: [number, NpyArray | undefined][]) =>
    joinScans(
      await Promise.all(parts.map(async ([value, mask]) => await openScan(await fileWith(value, mask)))),
    );
  const lossOf = async (scan: Scan | ScanSet, loss: "poisson" | "mae" = "poisson") => {
    const config = resolveConfig([{
      layer: "program",
      values: {
        model: { gridsize: 1, nFiltersScale: 1, loss },
        data: { valFraction: 0 },
        training: { maxSteps: 1, batchSize: 18 },
      },
    }]);
    await using _closed = scan;
    const { epochs: [{ trainLoss }], model } = await train(scan, { config, device });
    return { trainLoss, model };
  };
  const masked = await lossOf(await open([1e4, maskArray()]));
  assert.deepEqual(Uint8Array.from(masked.model.statistics.get(DETECTOR_MASK)?.data ?? []), mapOf(BAD));
  assert.equal((await lossOf(await open([3, maskArray()]))).trainLoss, masked.trainLoss);
  const dark = await lossOf(await open([0, maskArray(mapOf([]))])); // 0 photons measured where most are expected
  assert(masked.trainLoss < 0.9 * dark.trainLoss, `${masked.trainLoss} of ${dark.trainLoss}`);
  const two = await lossOf(await open([1e4, maskArray()], [0, maskArray(mapOf([]))]));
  const mean = (masked.trainLoss + dark.trainLoss) / 2;
  assert(Math.abs(two.trainLoss / mean - 1) < 1e-4, `${two.trainLoss} of ${mean}`);
  const [some, none] = [await open([7, maskArray()]), await open([0, maskArray(mapOf([]))])];
  assert((await lossOf(some, "mae")).trainLoss < (await lossOf(none, "mae")).trainLoss);
  await device.dispose();
});
