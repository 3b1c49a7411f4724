import { deepEqual, equal, match, ok } from "node:assert/strict";
import { decode } from "../../src/deps/fast_png.ts";
import { drawCorrections, drawObject, drawProbe } from "../../src/image/mod.ts";
import { levelPhase, meanRamp } from "../../src/numeric/mod.ts";
import { encodePng, renderComplex } from "../../src/pictures/mod.ts";

/** Amplitude 2, and a phase ramp of `x` and `y` radians per pixel from 0.5 on. */
function ramped(height: number, width: number, { x, y }: { x: number; y: number }) {
  const data = new Float32Array(2 * height * width);
  for (let i = 0; i < height * width; i++) {
    const phase = 0.5 + x * (i % width) + y * Math.floor(i / width);
    data.set([2 * Math.cos(phase), 2 * Math.sin(phase)], 2 * i);
  }
  return { height, width, data, x0: 0, y0: 0 };
}

const width = (svg: string) => Number(/<image [^>]*?width="([\d.]+)"/.exec(svg)?.[1]);
const height = (svg: string) => Number(/<image [^>]*?height="([\d.]+)"/.exec(svg)?.[1]);

Deno.test("ramp and mean of the phase are found and taken out, and pixels without a value do not count", () => {
  const object = ramped(12, 16, { x: 0.3, y: -0.2 });
  object.data[10] = NaN;
  const { image, ramp, offset } = levelPhase(object, new Uint8Array(12 * 16).fill(1));
  ok(Math.abs(ramp.x - 0.3) < 1e-6 && Math.abs(ramp.y + 0.2) < 1e-6, `${ramp.x} ${ramp.y}`);
  ok(Math.abs(offset - 0.5) < 1e-5);
  for (let i = 0; i < 12 * 16; i++) {
    if (i !== 5) ok(Math.abs(image.data[2 * i] - 2) < 1e-5 && Math.abs(image.data[2 * i + 1]) < 1e-4, `${i}`);
  }
  const flat = meanRamp(
    { ...image, data: image.data.map((value) => value || 0) },
    new Uint8Array(192).fill(1),
  );
  ok(Math.abs(flat.x) < 1e-6 && Math.abs(flat.y) < 1e-6);
});

Deno.test("a picture shows the scanned part alone, and says what was taken out of its phase", async () => {
  const object = { ...ramped(40, 60, { x: 0.01, y: 0 }), pixelSizeM: 1e-8 };
  const mask = new Uint8Array(40 * 60);
  for (let row = 10; row < 20; row++) mask.fill(1, 60 * row + 5, 60 * row + 25);
  for (const view of ["amplitude", "phase", "complex"] as const) {
    const svg = await drawObject({ ...object, mask }, { view, title: "Test" });
    ok(Math.abs(width(svg) / height(svg) - 2) < 1e-9, view);
    match(svg, />50 nm</);
    equal(
      /Removed, as no pattern fixes it: a phase of [\d.]+ rad, and a ramp of 0.01 rad\/px along x/.test(svg),
      view !== "amplitude",
    );
  }
  const all = await drawObject(object, { view: "phase", title: "Test" });
  ok(Math.abs(width(all) / height(all) - 1.5) < 1e-9);
  const none = await drawObject({ ...object, mask: new Uint8Array(40 * 60) }, {
    view: "phase",
    title: "Test",
  });
  ok(Math.abs(width(none) / height(none) - 1.5) < 1e-9);
});

Deno.test("complex values have the hue of their phase and the brightness of their amplitude", () => {
  const data = [0, 0, 1, 0, 0.5, 0, -1, 0, NaN, 0];
  const { data: bytes, limits } = renderComplex(
    { height: 1, width: 5, data: Float64Array.from(data) },
    { limits: [0, 1] },
  );
  const [black, full, half, opposite, missing] = [0, 1, 2, 3, 4].map((
    i,
  ) => [...bytes.slice(3 * i, 3 * i + 3)]);
  deepEqual(black, [0, 0, 0]);
  deepEqual(missing, [128, 128, 128]);
  ok(full[0] > full[2] && opposite[2] > opposite[0], `${full} ${opposite}`);
  ok(half.every((value, c) => value < full[c] && value > 0));
  deepEqual(limits, [-Math.PI, Math.PI]);
});

Deno.test("the modes of a probe are drawn with their shares, six of them at most", async () => {
  const probe = (modes: number) => {
    const data = new Float32Array(2 * modes * 64);
    for (let mode = 0; mode < modes; mode++) data[2 * (64 * mode + 36)] = mode === 0 ? 3 : 1;
    return { modes, size: 8, data };
  };
  const two = await drawProbe(probe(2), 1e-8);
  match(two, /Mode 1, 90\.0 % of the power.*Mode 2, 10\.0 % of the power/s);
  ok(decode(await encodePng(two)).width > 1000);
  match(await drawProbe(probe(8), undefined), /2 weaker modes are not shown/);
});

Deno.test("corrections of positions are arrows, and none are drawn where nothing moved", async () => {
  const object = ramped(40, 60, { x: 0, y: 0 });
  const scannedPx = { x: Float64Array.of(10, 20, 30, 40), y: Float64Array.of(10, 10, 20, 20) };
  const indices = Int32Array.of(1, 3);
  const moved = { x: Float64Array.of(20.5, 40), y: Float64Array.of(10, 20.5) };
  const svg = await drawCorrections(object, { positionsPx: moved, indices, scannedPx });
  match(svg ?? "", /5 times as long as they are: the median is 0\.50 px/);
  const still = { x: Float64Array.of(20, 40), y: Float64Array.of(10, 20) };
  ok(!svg?.includes("×10"), "the scale of a flat phase is not one of rounding errors");
  equal(await drawCorrections(object, { positionsPx: still, indices, scannedPx }), undefined);
});
