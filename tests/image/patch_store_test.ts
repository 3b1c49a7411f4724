import assert from "node:assert/strict";
import { Random } from "../../src/numeric/random.ts";
import { probeWeight } from "../../src/image/canvas.ts";
import { openPatchStore, patchesInMemory } from "../../src/image/patch_store.ts";
import { syncPhases } from "../../src/image/phase_sync.ts";
import { placePatches } from "../../src/image/place.ts";

const SIDE = 12;
const N = 300;
const random = new Random(5, "patches");
const patches = Float32Array.from({ length: 2 * N * SIDE * SIDE }, () => random.normal());
const probe = Float32Array.from({ length: 2 * SIDE * SIDE }, () => random.normal());
const positions = {
  xcoords: Array.from({ length: N }, () => 60 * random.uniform()),
  ycoords: Array.from({ length: N }, () => 60 * random.uniform()),
};

Deno.test("phases and image are the same bits from patches in a file as from patches in memory", async () => {
  const memory = patchesInMemory(patches, SIDE);
  using file = openPatchStore({ count: N, side: SIDE, memoryBytes: 0 });
  const length = memory.patchLength;
  for (let first = 0; first < N; first += 70) {
    file.write(first, patches.subarray(first * length, (first + 70) * length));
  }
  const options = { side: SIDE, weight: probeWeight(probe, SIDE), ...positions };
  const [here, there] = [await syncPhases(memory, options), await syncPhases(file, options)];
  assert.deepEqual(there, here);
  const place = { side: SIDE, probe, ...positions, phases: here.phases };
  assert.deepEqual(await placePatches(file, place), await placePatches(patches, place));
});

Deno.test("a store in a file gives its patches back, and not even a kill leaves the file", () => {
  const count = 40, side = 256; // more than are kept at hand would be 256
  const folder = Deno.makeTempDirSync();
  const before = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", folder);
  try {
    const store = openPatchStore({ count, side, memoryBytes: 0 });
    for (let i = 0; i < count; i++) store.write(i, new Float32Array(store.patchLength).fill(i));
    const left = Deno.build.os === "windows" ? 1 : 0;
    assert.equal([...Deno.readDirSync(folder)].length, left);
    for (const i of [3, 39, 0, 3]) assert.equal(store.patch(i)[store.patchLength - 1], i);
    const two = store.read(7, 2);
    assert.deepEqual([two[0], two[store.patchLength], two.length], [7, 8, 2 * store.patchLength]);
    store[Symbol.dispose]();
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
    Deno.removeSync(folder, { recursive: true });
  }
});
