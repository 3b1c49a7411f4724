/**
 * The main job on a real scan: an X-ray Siemens star, scored against an iterative reconstruction. One epoch, so that the
 * suite stays short; `bench/acceptance.ts` runs the full lengths.
 */
import assert from "node:assert/strict";
import { resolveConfig } from "../../src/config/resolve.ts";
import { openDevice } from "../../src/engine/devices/open.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { scoreObject } from "../../src/comparison/score.ts";
import { openScan } from "../../src/scan/scan.ts";
import { reconstruct } from "../../src/network/inference/reconstruct.ts";
import { meanMisfit } from "../support/mean_misfit.ts";
import { train } from "../../src/network/training/train.ts";
import { findShared } from "../support/arrays.ts";

const scanUrl = findShared("data/siemens_star_64.npz");
const referenceUrl = findShared("data/siemens_star_64_iterative.npz");
const missing = scanUrl && referenceUrl ? "" : " (skipped: no ../shared/data)";

Deno.test({
  name: `one epoch on the Siemens star gives its image${missing}`,
  ignore: missing !== "",
}, async () => {
  assert(scanUrl && referenceUrl);
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  await using scan = await openScan(scanUrl);
  await using npz = await openNpz(referenceUrl);
  const { shape: [height, width], data } = await npz.readArray("object");
  const reference = { height, width, data: Float64Array.from(data as Float32Array), x0: 0, y0: 0 };
  try {
    const config = resolveConfig([{
      layer: "program",
      values: { model: { gridsize: 2 }, training: { nepochs: 1, batchSize: 4 } },
    }]);
    const { model, epochs: [{ trainLoss, valLoss = NaN }] } = await train(scan, { config, device });
    const misfit = await meanMisfit(scan, { model, device });
    const image = await reconstruct(scan, { model, device });
    const { x: xcoords, y: ycoords } = scan.positionsPx;
    const score = scoreObject(image, reference, { positions: { xcoords, ycoords } });
    // a flat object has 612, the iterative one 186; PyTorch reached 257 after its first epoch
    assert(trainLoss < 270, `loss ${trainLoss}`);
    assert(valLoss < 270 && misfit < 270, `held out ${valLoss}, single patterns ${misfit}`);
    assert(score.phaseSsim > 0.95, `phase SSIM ${score.phaseSsim}`);
    assert(score.amplitudeSsim > 0.45, `amplitude SSIM ${score.amplitudeSsim}`);
  } finally {
    await device.dispose();
  }
});
