import assert from "node:assert/strict";
import { resolveConfig } from "../../../src/config/resolve.ts";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { weightsSha256 } from "../../../src/formats/weights_hash.ts";
import { writeNpz } from "../../../src/formats/npy/npz_write.ts";
import { scanArrays } from "../../../src/simulation/scan_file.ts";
import { openScan } from "../../../src/scan/scan.ts";
import { reconstruct } from "../../../src/network/inference/reconstruct.ts";
import { train } from "../../../src/network/training/train.ts";
import { smallScan } from "../../support/small_scan.ts";

Deno.test("weights and image do not depend on who reads the patterns, how far ahead, or where patches wait", async () => {
  const file = await Deno.makeTempFile({ suffix: ".npz" });
  const device = await openDevice({ accelerator: "wasm", threads: 1 });
  const config = resolveConfig([{
    layer: "program",
    values: { model: { gridsize: 1, nFiltersScale: 1 }, training: { nepochs: 1, batchSize: 4 } },
  }]);
  try {
    await writeNpz(file, scanArrays(smallScan(3)));
    const run = async (
      reading: { numWorkers: number; prefetchFactor: number },
      patchMemoryBytes?: number,
    ) => {
      await using scan = await openScan(file, reading);
      const { model } = await train(scan, { config, device });
      const image = await reconstruct(scan, { model, device, patchMemoryBytes });
      return { weights: await weightsSha256(model.weights), image: image.data };
    };
    const first = await run({ numWorkers: 0, prefetchFactor: 0 });
    assert.deepEqual(await run({ numWorkers: 1, prefetchFactor: 1 }, 0), first);
    assert.deepEqual(await run({ numWorkers: 2, prefetchFactor: 3 }), first);
  } finally {
    await device.dispose();
    await Deno.remove(file);
  }
});
