/**
 * Statistics of patches.
 */
import assert from "node:assert/strict";
import { flatWarning, momentsOf } from "../../../src/network/model/patch_moments.ts";
import { PatchLog } from "../../../src/network/model/patch_log.ts";

/** Two patches of 2 x 2 with amplitudes 1 2 3 4 and 5 5 5 5, the second turned by a right angle. */
const PATCHES = Float32Array.of(1, 0, 2, 0, 3, 0, 4, 0, 0, 5, 0, 5, 0, 5, 0, 5);

Deno.test("moments of amplitude and phase, structure apart from constants", () => {
  const { amplitude, phase } = momentsOf(PATCHES, 4);
  assert.deepEqual([amplitude.mean, amplitude.min, amplitude.max], [30 / 8, 1, 5]);
  assert(Math.abs(amplitude.std - Math.sqrt((30 + 100) / 8 - (30 / 8) ** 2)) < 1e-9);
  assert.equal(amplitude.var_zero_mean, 5 / 8);
  assert(Math.abs(phase.mean - Math.PI / 4) < 1e-6);
  assert(phase.var_zero_mean < 1e-9); // each patch has one phase
});

Deno.test("a flat object is warned of with its usual causes", () => {
  const flat = momentsOf(Float32Array.from({ length: 32 }, (_, i) => i % 2 ? 0 : 1), 4);
  assert.match(
    flatWarning(flat) ?? "",
    /no structure \(a flat object\).*probe.*--measurement.*N\/2.*positions/,
  );
  assert.equal(flatWarning(momentsOf(PATCHES, 4)), undefined);
});

Deno.test("the batches that are looked at are spread over the epoch, the last one among them", () => {
  const watched = (of: number, limit: number | null) => {
    const log = new PatchLog({ size: 2, limit, phase: "train", compat: false });
    return Array.from({ length: of }, (_, k) => k).filter((k) => log.watches(k, of));
  };
  assert.deepEqual(watched(10, 2), [4, 9]);
  assert.deepEqual(watched(7, 3), [2, 4, 6]);
  assert.equal(watched(7, null).length, 7);
  assert.equal(watched(3, 10).length, 3);
});

Deno.test("the log is written as JSON and as a picture", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const log = new PatchLog({ size: 2, limit: 1, phase: "train", compat: false });
    log.add(PATCHES, { epoch: 3, number: 6 });
    await log.write(folder);
    const { warning, batches: [first] } = JSON.parse(await Deno.readTextFile(`${folder}/patch_stats.json`));
    assert.deepEqual([warning, first.epoch, first.batch, first.patches], [null, 3, 7, 2]);
    assert.deepEqual(Object.keys(first.amplitude), ["mean", "std", "var_zero_mean", "min", "max"]);
    const png = await Deno.readFile(`${folder}/patch_grid.png`);
    assert.deepEqual([...png.subarray(1, 4)], [0x50, 0x4e, 0x47]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
