import assert from "node:assert/strict";
import { amplitudeOf, type ComplexImage, cropImage, phaseOf } from "../../src/numeric/image.ts";
import { deadLeaves, diatom, type ObjectOptions, siemensStar } from "../../src/simulation/objects/objects.ts";
import { rasterPositions } from "../../src/simulation/positions.ts";
import { diskProbe, gaussianProbe, photonsOf, scaleToPhotons } from "../../src/physics/probes/probes.ts";
import { simulateScan } from "../../src/simulation/simulate.ts";
import { diskScan } from "../support/disk_scan.ts";

const bounds = (data: Float64Array) => [Math.min(...data), Math.max(...data)];
const near = (a: number, b: number, tolerance: number) =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} and ${b}`);

Deno.test("probes hold their photons, have a flat phase and are centred on pixel N/2", () => {
  for (
    const probe of [
      diskProbe({ side: 32, photons: 1e5, radius: 7 }),
      gaussianProbe({ side: 32, photons: 1e5, sigma: 4 }),
    ]
  ) {
    near(photonsOf(probe), 1e5, 1e-6);
    let x = 0, y = 0;
    for (let i = 0; i < 32 * 32; i++) {
      assert.ok(probe[2 * i] >= 0 && probe[2 * i + 1] === 0);
      x += probe[2 * i] ** 2 * (i % 32) / 1e5;
      y += probe[2 * i] ** 2 * Math.floor(i / 32) / 1e5;
    }
    // A Gaussian loses a little of one tail at the edge.
    near(x, 16, 1e-3);
    near(y, 16, 1e-3);
  }
});

Deno.test("a disk has its area and a Gaussian its width", () => {
  const disk = diskProbe({ side: 64, photons: 1, radius: 14 });
  const lit = disk.filter((v) => v > 0).length;
  near(lit, Math.PI * 14.5 ** 2, 30);
  const gaussian = gaussianProbe({ side: 64, photons: 1, sigma: 9 });
  const at = (c: number) => gaussian[2 * (32 * 64 + c)];
  near(at(41) / at(32), Math.exp(-0.5), 1e-12);
  assert.throws(() => scaleToPhotons(new Float64Array(8), 10), /0 photons/);
});

Deno.test("objects keep to their ranges, repeat by seed and have independent amplitude and phase", () => {
  const kinds: [string, (options: ObjectOptions) => ComplexImage & { data: Float64Array }][] = [
    ["dead leaves", deadLeaves],
    ["star", siemensStar],
    ["diatom", diatom],
  ];
  for (const [name, draw] of kinds) {
    const options: ObjectOptions = {
      height: 60,
      width: 72,
      amplitude: [0.5, 0.9],
      phase: [-0.7, 1.5],
      seed: 4,
    };
    const object = draw(options);
    assert.deepEqual(draw(options).data, object.data, name);
    const [a, p] = [amplitudeOf(object).data, phaseOf(object).data];
    const [[aLow, aHigh], [pLow, pHigh]] = [bounds(a), bounds(p)];
    assert.ok(aLow >= 0.5 - 1e-9 && aHigh <= 0.9 + 1e-9 && aHigh - aLow > 0.3, `${name}: ${aLow} ${aHigh}`);
    assert.ok(pLow >= -0.7 - 1e-9 && pHigh <= 1.5 + 1e-9 && pHigh - pLow > 1.5, `${name}: ${pLow} ${pHigh}`);
    const flat = phaseOf(draw({ ...options, phase: [0.2, 0.2] })).data;
    assert.ok(flat.every((v) => Math.abs(v - 0.2) < 1e-9), name);
  }
  const [one, other] = [1, 2].map((seed) => deadLeaves({ height: 60, width: 60, seed }));
  assert.notDeepEqual(one.data, other.data);
  const { mean, correlation } = correlate(amplitudeOf(one).data, phaseOf(one).data);
  assert.ok(Math.abs(correlation) < 0.4, `${mean} ${correlation}`);
});

function correlate(a: Float64Array, b: Float64Array): { mean: number; correlation: number } {
  const meanOf = (v: Float64Array) => v.reduce((s, e) => s + e) / v.length;
  const [ma, mb] = [meanOf(a), meanOf(b)];
  const moment = (x: Float64Array, mx: number, y: Float64Array, my: number) =>
    x.reduce((s, v, i) => s + (v - mx) * (y[i] - my), 0);
  return {
    mean: ma,
    correlation: moment(a, ma, b, mb) / Math.sqrt(moment(a, ma, a, ma) * moment(b, mb, b, mb)),
  };
}

Deno.test("a raster goes row by row and jitter stays in its bounds", () => {
  const plain = rasterPositions({ rows: 2, columns: 3, step: 5, x0: 10, y0: 20 });
  assert.deepEqual([...plain.x], [10, 15, 20, 10, 15, 20]);
  assert.deepEqual([...plain.y], [20, 20, 20, 25, 25, 25]);
  const jittered = rasterPositions({ rows: 2, columns: 3, step: 5, x0: 10, y0: 20, jitter: 1, seed: 3 });
  const moves = [...jittered.x].map((x, i) => x - plain.x[i]);
  assert.ok(moves.every((d) => Math.abs(d) <= 1) && moves.some((d) => Math.abs(d) > 0.1));
});

Deno.test("an empty beam gives its photons, on average, with Poisson noise around the exact pattern", () => {
  const side = 32, n = 40;
  const positions = rasterPositions({ rows: 1, columns: n, step: 1, x0: 16, y0: 16 });
  const data = Float64Array.from({ length: 2 * 32 * 80 }, (_, i) => 1 - i % 2);
  const scan = {
    side,
    positions,
    probe: gaussianProbe({ side, photons: 1, sigma: 5 }),
    object: { height: 32, width: 80, data, x0: 0, y0: 0 },
    photons: 2e4,
  };
  const noisy = simulateScan(scan), exact = simulateScan({ ...scan, noise: false });
  const total = noisy.diffraction.reduce((s, a) => s + a * a, 0) / n;
  near(total, 2e4, 5 * Math.sqrt(2e4 / n));
  near(exact.diffraction.reduce((s, a) => s + a * a, 0) / n, 2e4, 1);
  near(photonsOf(noisy.probe), 2e4, 1);
  // Mean of (k - rate)^2 / rate is 1 where counts are Poisson.
  let chi = 0, bright = 0;
  noisy.diffraction.forEach((a, i) => {
    const rate = exact.diffraction[i] ** 2;
    if (rate < 1) return;
    chi += (Math.round(a * a) - rate) ** 2 / rate;
    bright++;
  });
  near(chi / bright, 1, 0.1);
});

Deno.test("a pattern depends on its index and the seed, not on the scan around it", () => {
  const [small, again, other] = [
    diskScan({ across: 2, seed: 1 }),
    diskScan({ across: 2, seed: 1 }),
    diskScan({ across: 2, seed: 2 }),
  ];
  assert.deepEqual(again.diffraction, small.diffraction);
  assert.notDeepEqual(other.diffraction, small.diffraction);
  const { side, xcoords, ycoords, probe, object } = small;
  const cut = simulateScan({
    side,
    positions: { x: xcoords.slice(0, 1), y: ycoords.slice(0, 1) },
    probe: Float64Array.from(probe),
    object,
    seed: 1,
  });
  const difference = cut.diffraction.filter((a, i) => a !== small.diffraction[i]).length;
  assert.ok(difference < 5, `${difference} pixels differ`);
});

Deno.test("the acceptance scan has 625 positions, whole patches and whole counts", () => {
  const { diffraction, xcoords, ycoords, object } = diskScan();
  assert.equal(xcoords.length, 625);
  assert.equal(diffraction.length, 625 * 64 * 64);
  const inside = (v: Float64Array, size: number) => v.every((p) => p - 32 >= 0 && p + 32 <= size - 1);
  assert.ok(inside(xcoords, object.width) && inside(ycoords, object.height));
  assert.ok(diffraction.every((a) => Math.abs(a * a - Math.round(a * a)) < 1e-3 * Math.max(1, a)));
});

Deno.test("a probe of another size and a box off the image are refused", () => {
  const { object, xcoords, ycoords } = diskScan({ across: 1 });
  const probe = gaussianProbe({ side: 32, photons: 1, sigma: 5 });
  assert.throws(
    () => simulateScan({ side: 64, positions: { x: xcoords, y: ycoords }, probe, object }),
    /64 x 64/,
  );
  assert.throws(() => cropImage(object, { row: -1, column: 0, height: 2, width: 2 }, 2), /leaves the image/);
});
