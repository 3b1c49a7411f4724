import assert from "node:assert/strict";
import { scoreObject } from "../../../src/comparison/score.ts";
import { samplePatch } from "../../../src/physics/propagate.ts";
import { Random } from "../../../src/numeric/random.ts";
import { probeWeight } from "../../../src/image/canvas.ts";
import { syncPhases } from "../../../src/image/phase_sync.ts";
import { placePatches } from "../../../src/image/place.ts";
import { diskScan } from "../../support/disk_scan.ts";

Deno.test("true patches of the disk scan, turned at random, stitch to the object once synchronised", async () => {
  const { side, xcoords, ycoords, probe, object } = diskScan({ noise: false });
  const random = new Random(2, "constants");
  const size = 2 * side * side;
  const patches = new Float32Array(xcoords.length * size);
  for (let i = 0; i < xcoords.length; i++) {
    const patch = samplePatch(object, { x: xcoords[i], y: ycoords[i], side });
    const constant = 0.6 * random.normal(), cos = Math.cos(constant), sin = Math.sin(constant);
    for (let k = 0; k < size; k += 2) {
      patches[i * size + k] = patch[k] * cos - patch[k + 1] * sin;
      patches[i * size + k + 1] = patch[k] * sin + patch[k + 1] * cos;
    }
  }
  const sync = await syncPhases(patches, { side, weight: probeWeight(probe, side), xcoords, ycoords });
  assert.ok(sync.converged && sync.components === 1);
  const positions = { xcoords, ycoords };
  const place = { ...positions, side, probe };
  const before = scoreObject(await placePatches(patches, place), object, { positions });
  const after = scoreObject(await placePatches(patches, { ...place, phases: sync.phases }), object, {
    positions,
  });
  const blurred = scoreObject(await placePatches(truePatches(), place), object, { positions });
  assert.ok(before.phaseMae > 1.5 * after.phaseMae, `${before.phaseMae} before, ${after.phaseMae} after`);
  // What is left is the blur of bilinear cutting and placing, which the true constants have too.
  assert.ok(
    after.phaseMae < 1.02 * blurred.phaseMae,
    `${after.phaseMae}, with the true constants ${blurred.phaseMae}`,
  );
  assert.ok(after.phaseSsim > blurred.phaseSsim - 0.0005, `${after.phaseSsim}, ${blurred.phaseSsim}`);
  assert.ok(1 - before.phaseSsim > 2 * (1 - after.phaseSsim), `${before.phaseSsim}, ${after.phaseSsim}`);

  function truePatches(): Float32Array {
    const exact = new Float32Array(patches.length);
    for (let i = 0; i < xcoords.length; i++) {
      exact.set(samplePatch(object, { x: xcoords[i], y: ycoords[i], side }), i * size);
    }
    return exact;
  }
});
