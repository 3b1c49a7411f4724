import assert from "node:assert/strict";
import { DataError } from "../../src/common/errors.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { readAhead } from "../../src/scan/reading/read_ahead.ts";
import { openScan } from "../../src/scan/scan.ts";
import { goodScan } from "./support.ts";

const ORDER = [5, 6, 7, 0, 8, 3, 3];
const COUNTS = Uint16Array.from({ length: 9 * 64 * 64 }, (_, i) => (i * 7919) % 101);
const STACKS = {
  "float32 amplitudes": goodScan(),
  "uint16 counts": {
    ...goodScan(),
    diffraction: { dtype: "uint16", shape: [9, 64, 64], data: COUNTS },
  },
} as const;

async function inFile(use: (path: string) => Promise<void>, bytes: Uint8Array): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".npz" });
  try {
    await Deno.writeFile(path, bytes);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

for (const [name, arrays] of Object.entries(STACKS)) {
  Deno.test(`patterns are the same bits whoever reads them: ${name}`, async () => {
    const bytes = await encodeNpz(arrays);
    await using inMemory = await openScan(bytes);
    const expected = [await inMemory.readCounts(ORDER), await inMemory.readAmplitudes(ORDER)];
    await inFile(async (path) => {
      for (const [numWorkers, prefetchFactor] of [[0, 0], [1, 1], [2, 3]]) {
        await using scan = await openScan(path, { numWorkers, prefetchFactor });
        const room = new Float32Array(expected[0].length);
        const found = [await scan.readCounts(ORDER, room), await scan.readAmplitudes(ORDER)];
        assert.deepEqual(found, expected);
        assert.equal(found[0], room);
        assert.equal(scan.readAhead, [2, 1, 6][numWorkers]);
      }
    }, bytes);
  });
}

Deno.test("many requests to two threads come back each with its own patterns", async () => {
  await inFile(async (path) => {
    await using scan = await openScan(path, { numWorkers: 2 });
    await using alone = await openScan(path);
    const found = await Promise.all(ORDER.map((index) => scan.readCounts([index])));
    for (const [i, index] of ORDER.entries()) assert.deepEqual(found[i], await alone.readCounts([index]));
  }, await encodeNpz(goodScan()));
});

Deno.test("a file that is cut short after it was opened is named by the thread that reads it", async () => {
  await inFile(async (path) => {
    for (const numWorkers of [0, 1]) {
      await Deno.writeFile(path, await encodeNpz(goodScan()));
      await using scan = await openScan(path, { numWorkers });
      await Deno.truncate(path, 1000);
      await assert.rejects(
        scan.readCounts([8]),
        (error) => error instanceof DataError && error.file === path && error.key === "diffraction",
      );
    }
  }, new Uint8Array());
});

Deno.test("closing ends requests that are under way, and later ones", async () => {
  await inFile(async (path) => {
    const scan = await openScan(path, { numWorkers: 1 });
    const underWay = scan.readCounts([0]);
    const ended = assert.rejects(underWay, /closed/);
    await new Promise((resolve) => setTimeout(resolve, 0));
    await scan.close();
    await ended;
    await assert.rejects(scan.readCounts([0]), /closed/);
  }, await encodeNpz(goodScan()));
});

Deno.test("reads are under way as far ahead as asked, in order, and fail in their turn", async () => {
  const begun: number[] = [];
  const read = (k: number) => {
    begun.push(k);
    return k === 4 ? Promise.reject(new Error("four")) : Promise.resolve(k);
  };
  const queue = readAhead({ count: 6, depth: 2, read });
  assert.equal((await queue.next()).value, 0);
  assert.deepEqual(begun, [0, 1, 2]);
  for (const k of [1, 2, 3]) assert.equal((await queue.next()).value, k);
  await assert.rejects(queue.next(), /four/);
  assert.deepEqual(await Array.fromAsync(readAhead({ count: 0, read })), []);
});
