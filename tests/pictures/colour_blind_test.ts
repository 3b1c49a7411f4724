import { ok } from "node:assert/strict";
import { figure, renderDifference, renderValues } from "../../src/pictures/mod.ts";

type Triple = readonly [number, number, number];

/** Linear RGB as seen without one kind of cone: Machado, Oliveira and Fernandes, 2009, severity 1. */
const SEEN_BY: Readonly<Record<string, readonly Triple[]>> = {
  everyone: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopes: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [
    -0.003882,
    -0.048116,
    1.051998,
  ]],
  deuteranopes: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [
    -0.01182,
    0.04294,
    0.968881,
  ]],
};

const linear = (byte: number) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const dot = (a: Triple, b: Triple) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** The place in CIELAB of a colour, as seen by one kind of person. */
function labOf(rgb: Triple, matrix: readonly Triple[]): Triple {
  const light: Triple = [linear(rgb[0]), linear(rgb[1]), linear(rgb[2])];
  const seen: Triple = [dot(matrix[0], light), dot(matrix[1], light), dot(matrix[2], light)];
  const f = (t: number) => t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116;
  const x = f(dot([0.4124, 0.3576, 0.1805], seen) / 0.9505);
  const y = f(dot([0.2126, 0.7152, 0.0722], seen));
  const z = f(dot([0.0193, 0.1192, 0.9505], seen) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const distance = (p: Triple, q: Triple) => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);

function rampOf(render: typeof renderValues): Triple[] {
  const data = Float64Array.from({ length: 101 }, (_, i) => i / 50 - 1);
  const { data: bytes } = render({ width: 101, height: 1, data }, { limits: [-1, 1] });
  return Array.from({ length: 101 }, (_, i) => [bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2]]);
}

Deno.test("six curves are told apart with and without red or green cones", async () => {
  const series = Array.from({ length: 6 }, (_, k) => ({ name: "", x: [0, 1], y: [k, k] }));
  const svg = await figure([{ series }]);
  const colours = [...svg.matchAll(/<path [^>]*stroke="#(..)(..)(..)"/g)].map(([, ...parts]): Triple => {
    const [r, g, b] = parts.map((part) => parseInt(part, 16));
    return [r, g, b];
  });
  ok(colours.length === 6);
  for (const [who, matrix] of Object.entries(SEEN_BY)) {
    const seen = colours.map((colour) => labOf(colour, matrix));
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < i; j++) {
        const apart = distance(seen[i], seen[j]);
        ok(apart > 10, `curves ${j + 1} and ${i + 1} are ${apart.toFixed(1)} apart for ${who}`);
      }
    }
  }
});

Deno.test("misfits get ever lighter, and differences ever darker from zero on, for everyone", () => {
  for (const [who, matrix] of Object.entries(SEEN_BY)) {
    const lightness = rampOf(renderValues).map((colour) => labOf(colour, matrix)[0]);
    for (let i = 5; i <= 100; i += 5) ok(lightness[i] > lightness[i - 5] + 0.5, `${who}, ${i}: ${lightness}`);
    const difference = rampOf(renderDifference).map((colour) => labOf(colour, matrix));
    for (let i = 5; i <= 50; i += 5) {
      ok(difference[50 - i][0] < difference[55 - i][0] && difference[50 + i][0] < difference[45 + i][0], who);
    }
    for (let i = 20; i <= 50; i += 10) {
      ok(distance(difference[50 - i], difference[50 + i]) > 20, `${who}: the signs at ${i} look alike`);
    }
  }
});
