import assert from "node:assert/strict";
import { planFft } from "../../src/numeric/fft.ts";
import { Fft2, frequency } from "../../src/numeric/fft2.ts";

/** A fixed sequence without structure in its low frequencies. */
function values(n: number): Float64Array {
  return Float64Array.from({ length: 2 * n }, (_, i) => Math.sin(12.9898 * i * i + 1) + 0.3 * Math.cos(i));
}

function naive(x: Float64Array, sign: number): Float64Array {
  const n = x.length / 2;
  const out = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = sign * 2 * Math.PI * ((j * k) % n) / n;
      out[2 * k] += x[2 * j] * Math.cos(angle) - x[2 * j + 1] * Math.sin(angle);
      out[2 * k + 1] += x[2 * j] * Math.sin(angle) + x[2 * j + 1] * Math.cos(angle);
    }
  }
  return out;
}

function assertClose(a: Float64Array, b: Float64Array, tolerance: number): void {
  assert.equal(a.length, b.length);
  a.forEach((v, i) => assert.ok(Math.abs(v - b[i]) <= tolerance, `${v} and ${b[i]} at ${i}`));
}

Deno.test("transforms of every length agree with the sum that defines them", () => {
  for (
    const n of [
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      11,
      12,
      13,
      15,
      16,
      17,
      19,
      32,
      34,
      37,
      48,
      64,
      80,
      97,
      101,
      143,
      176,
    ]
  ) {
    for (const inverse of [false, true]) {
      const x = values(n);
      const expected = naive(x, inverse ? 1 : -1);
      planFft(n).transform(x, inverse);
      assertClose(x, expected, 1e-11 * n);
    }
  }
});

Deno.test("a length that is not a whole number of values is refused", () => {
  for (const n of [0, -4, 2.5, NaN]) assert.throws(() => planFft(n), RangeError);
});

Deno.test("the orthonormal two-dimensional transform keeps energy and inverts", () => {
  for (const [height, width] of [[8, 12], [7, 5], [17, 16]]) {
    const fft = new Fft2(height, width);
    const x = values(height * width);
    const y = x.slice();
    const energy = (v: Float64Array) => v.reduce((s, e) => s + e * e, 0);
    fft.forwardCentred(y);
    assert.ok(Math.abs(energy(x) / energy(y) - 1) < 1e-12);
    fft.inverseCentred(y);
    assertClose(y, x, 1e-12 * Math.sqrt(energy(x)));
  }
});

Deno.test("a constant image has its only frequency at the centre", () => {
  for (const n of [6, 7]) {
    const x = new Float64Array(2 * n * n);
    for (let i = 0; i < n * n; i++) x[2 * i] = 1;
    new Fft2(n, n).forwardCentred(x);
    const centre = 2 * (Math.floor(n / 2) * n + Math.floor(n / 2));
    assert.ok(Math.abs(x[centre] - n) < 1e-12);
    x[centre] = 0;
    assert.ok(x.every((v) => Math.abs(v) < 1e-12));
  }
});

Deno.test("frequencies run from zero up and wrap to the negative half", () => {
  assert.deepEqual([0, 1, 2, 3].map((k) => frequency(k, 4)), [0, 0.25, -0.5, -0.25]);
  assert.deepEqual([0, 1, 2, 3, 4].map((k) => frequency(k, 5)), [0, 0.2, 0.4, -0.4, -0.2]);
});
