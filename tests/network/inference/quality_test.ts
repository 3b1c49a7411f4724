import assert from "node:assert/strict";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { encodeNpz } from "../../../src/formats/npy/npz_write.ts";
import { Random } from "../../../src/numeric/random.ts";
import { scanArrays } from "../../../src/simulation/scan_file.ts";
import { openScan } from "../../../src/scan/scan.ts";
import { openModelDiffraction } from "../../../src/network/inference/diffraction.ts";
import { misfitMap } from "../../../src/image/misfit_map.ts";
import { expectedDeviance } from "../../../src/physics/poisson_noise.ts";
import { measureQuality, qualityOf } from "../../../src/network/inference/quality.ts";
import { smallScan } from "../../support/small_scan.ts";
import { untrainedModel } from "../../support/untrained_model.ts";

Deno.test("the misfit that photon noise makes is that of drawn counts", () => {
  const expected = expectedDeviance();
  const random = new Random(4, "counts");
  for (const rate of [0.003, 0.1, 1, 2.7, 30, 230, 1000]) {
    let [sum, n] = [0, rate < 0.01 ? 400_000 : 40_000];
    for (let i = 0; i < n; i++) {
      const k = random.poisson(rate);
      sum += 2 * ((k > 0 ? k * Math.log(k / rate) - k : 0) + rate);
    }
    n /= 1;
    const found = expected(Math.log(rate));
    assert.ok(Math.abs(sum / n / found - 1) < 0.06, `rate ${rate}: ${sum / n} drawn, ${found} expected`);
  }
});

Deno.test("the true object has a misfit of about 1, and a pattern of another place is an outlier [wasm]", async () => {
  const simulated = smallScan(6);
  const size = simulated.side ** 2;
  const wrong = 14;
  const diffraction = simulated.diffraction.slice();
  diffraction.set(simulated.diffraction.subarray(35 * size, 36 * size), wrong * size);
  await using scan = await openScan(
    await encodeNpz({
      ...scanArrays(simulated),
      diffraction: {
        dtype: "float32",
        shape: [36, simulated.side, simulated.side],
        data: diffraction,
      },
    }),
  );
  const device = await openDevice({ accelerator: "wasm", threads: 1 });
  try {
    const model = await untrainedModel(scan, { device });
    // the probe of the simulation, not the one scaled to the mean count
    const probe = model.statistics.get("probe");
    const exact = { ...model, statistics: new Map(model.statistics) };
    if (probe) exact.statistics.set("probe", { ...probe, data: Float32Array.from(simulated.probe) });
    using program = await openModelDiffraction(device, { model: exact, batch: 8 });
    const { object } = simulated;
    const mask = new Uint8Array(object.height * object.width).fill(1);
    const quality = await measureQuality(scan, {
      image: { ...object, mask },
      diffraction: program,
      patterns: Int32Array.from({ length: 36 }, (_, i) => i),
    });
    assert.ok(Math.abs(quality.median - 1) < 0.05, `${quality.median}`);
    assert.deepEqual([...quality.outliers], [wrong]);
    assert.equal(quality.outlierFraction, 1 / 36);
    const map = await misfitMap(quality, { xcoords: simulated.xcoords, ycoords: simulated.ycoords });
    assert.match(map, /^<svg /);
    assert.match(map, /1 of 36 patterns are outliers/);
    assert.equal(map.split("<circle ").length - 1, 1); // the outlier is marked
  } finally {
    await device.dispose();
  }
});

Deno.test("an outlier is far above the others, never below, and equal patterns have none", () => {
  const numbers = Int32Array.from({ length: 9 }, (_, i) => i);
  const of = (
    ...misfit: number[]
  ) => [...qualityOf(numbers.subarray(0, misfit.length), Float64Array.from(misfit)).outliers];
  assert.deepEqual(of(1, 1.1, 0.9, 1.05, 0.95, 1, 9), [6]);
  assert.deepEqual(of(1, 1.1, 0.9, 1.05, 0.95, 1, 0.01), []);
  assert.deepEqual(of(1, 1, 1, 1, 1, 1, 1, 1, 30), [8], "the median deviation is zero");
  assert.deepEqual(of(1, 1, 1), []);
  assert.deepEqual(of(1), []);
});
