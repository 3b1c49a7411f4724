import { deepEqual, equal, ok } from "node:assert/strict";
import { decode } from "../../src/deps/fast_png.ts";
import { phaseWheel, wheelColour } from "../../src/pictures/colour_map.ts";
import { type Raster, renderAmplitude, renderPhase, writePng } from "../../src/pictures/mod.ts";
import { namesIn, withFolder } from "../formats/support.ts";

/** 0, 1, ..., 99 and one wild pixel. */
const RAMP = {
  width: 101,
  height: 1,
  data: Float64Array.from({ length: 101 }, (_, i) => i === 100 ? 1e9 : i),
};

function pixel(raster: Raster, x: number, y: number): number[] {
  const at = raster.channels * (y * raster.width + x);
  return Array.from(raster.data.subarray(at, at + raster.channels));
}

Deno.test("amplitudes are grey between the percentiles; one wild pixel does not darken the rest", () => {
  const image = renderAmplitude(RAMP);
  deepEqual(image.limits, [1, 99]);
  equal(image.channels, 1);
  deepEqual([0, 1, 50, 99, 100].map((x) => image.data[x]), [0, 0, 128, 255, 255]);
});

Deno.test("masked pixels and NaN are neutral and do not enter the scale", () => {
  const data = Float64Array.from([5, 1, 2, 3, NaN, 1000]);
  const image = renderAmplitude({ width: 6, height: 1, data }, {
    mask: [1, 1, 1, 1, 1, 0],
    percentiles: [0, 100],
  });
  deepEqual(image.limits, [1, 5]);
  deepEqual(Array.from(image.data), [255, 0, 64, 128, 128, 128]);
  const phase = renderPhase({ width: 2, height: 1, data: [1, 2] }, { mask: [0, 1] });
  deepEqual(pixel(phase, 0, 0), [128, 128, 128]);
});

Deno.test("an image of one value, and one that is masked whole, are drawn all the same", () => {
  deepEqual(renderAmplitude({ width: 1, height: 1, data: [3] }).limits, [3, 3]);
  deepEqual(Array.from(renderAmplitude({ width: 1, height: 1, data: [3] }, { mask: [0] }).data), [128]);
  equal(renderPhase({ width: 1, height: 1, data: [NaN] }).data.length, 3);
});

Deno.test("phases over the whole circle use the whole wheel, and -pi meets pi", () => {
  const data = Float64Array.from({ length: 1000 }, (_, i) => -Math.PI + 2 * Math.PI * i / 999);
  const image = renderPhase({ width: 1000, height: 1, data });
  deepEqual(image.limits, [-Math.PI, Math.PI]);
  const [first, last] = [pixel(image, 0, 0), pixel(image, 999, 0)];
  ok(first.every((value, c) => Math.abs(value - last[c]) <= 4), `${first} and ${last}`);
});

Deno.test("small phases about any mean, across the branch cut too, are spread from dark to light", () => {
  for (const mean of [0, 2, Math.PI]) {
    const data = Float64Array.from({ length: 201 }, (_, i) => {
      const angle = mean + 0.2 * (i - 100) / 100;
      return Math.atan2(Math.sin(angle), Math.cos(angle));
    });
    const image = renderPhase({ width: 201, height: 1, data });
    ok(Math.abs(image.limits[1] - image.limits[0] - 0.392) < 1e-3, `${image.limits}`);
    const light = [10, 100, 190].map((x) => pixel(image, x, 0).reduce((sum, value) => sum + value));
    ok(light[0] < light[1] && light[1] < light[2], `${light}`);
  }
});

Deno.test("the phase wheel has no jumps and its steps look alike", () => {
  const wheel = phaseWheel();
  const n = wheel.length / 3;
  for (let i = 0; i < n; i++) {
    const [p, q] = [wheelColour(wheel, i / n), wheelColour(wheel, (i + 1) / n)];
    const step = Math.max(...p.map((value, c) => Math.abs(value - q[c])));
    ok(step <= 6, `step ${i}: ${p} to ${q}`);
  }
  deepEqual(wheelColour(wheel, 0), wheelColour(wheel, 1));
});

Deno.test("a PNG file of bare pixels holds exactly them", async () => {
  await withFolder(async (folder) => {
    const grey = renderAmplitude(RAMP);
    await writePng(`${folder}/a.png`, grey);
    const read = decode(await Deno.readFile(`${folder}/a.png`));
    deepEqual([read.width, read.height, read.channels, read.depth], [101, 1, 1, 8]);
    deepEqual(new Uint8Array(read.data), grey.data);
    deepEqual(await namesIn(folder), ["a.png"]);
  });
});
