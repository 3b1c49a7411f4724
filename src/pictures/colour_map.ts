/**
 * Colour maps in the OKLab space, where equal steps look equally large. Phases: a closed loop of even steps, on which
 * -pi meets pi, from light over blue to dark over orange-red back to light. Values of one sign: dark blue over green
 * to yellow. Differences: blue over white to red.
 *
 * OKLab: B. Ottosson, "A perceptual color space for image processing", 2020.
 *
 * @module
 */
import type { Rgb } from "./raster.ts";

const STEPS = 512;

/** Returns the wheel: `STEPS` colours, 3 bytes each; step 0 is the light pole. */
export function phaseWheel(): Uint8Array {
  const fine = 4096;
  const points = Array.from({ length: fine + 1 }, (_, i) => loopPoint(2 * Math.PI * i / fine));
  const reached = [0];
  for (let i = 1; i <= fine; i++) {
    const [p, q] = [points[i - 1], points[i]];
    reached.push(reached[i - 1] + Math.hypot(q[0] - p[0], q[1] - p[1], q[2] - p[2]));
  }
  const wheel = new Uint8Array(3 * STEPS);
  for (let step = 0, i = 0; step < STEPS; step++) {
    while (reached[i] < step / STEPS * reached[fine]) i++;
    wheel.set(oklabToRgb(points[i]), 3 * step);
  }
  return wheel;
}

/** Returns the colour at `turn` (0 and 1 are the light pole) of a wheel. */
export function wheelColour(wheel: Uint8Array, turn: number): Rgb {
  const step = Math.floor((turn - Math.floor(turn)) * STEPS) % STEPS;
  return [wheel[3 * step], wheel[3 * step + 1], wheel[3 * step + 2]];
}

/** Colours of a map: `place` from 0 to 1. */
export type ColourMap = (place: number) => Rgb;

/** Black to white. */
export const greys: ColourMap = (place) => {
  const value = Math.round(255 * Math.min(1, Math.max(0, place)));
  return [value, value, value];
};

/** Dark violet over blue and green to yellow, ever lighter. */
export const sequential: ColourMap = through([
  [0.27, 0.08, -0.1],
  [0.42, 0, -0.11],
  [0.56, -0.08, -0.05],
  [0.72, -0.13, 0.08],
  [0.91, -0.02, 0.17],
]);

/** Blue over white to red; the middle is nothing. */
export const diverging: ColourMap = through([
  [0.38, -0.02, -0.15],
  [0.68, -0.04, -0.1],
  [0.97, 0, 0],
  [0.68, 0.11, 0.06],
  [0.4, 0.14, 0.07],
]);

/** A map through colours of OKLab at equal distances. */
function through(anchors: readonly (readonly [number, number, number])[]): ColourMap {
  return (place) => {
    const at = Math.min(1, Math.max(0, place)) * (anchors.length - 1);
    const k = Math.min(anchors.length - 2, Math.floor(at));
    const mix = (c: 0 | 1 | 2) => anchors[k][c] + (at - k) * (anchors[k + 1][c] - anchors[k][c]);
    return oklabToRgb([mix(0), mix(1), mix(2)]);
  };
}

/** Colours of equal lightness around the circle, for phases whose brightness shows an amplitude: `turn` from 0 to 1. */
export function hueAt(turn: number, brightness = 1): Rgb {
  const angle = 2 * Math.PI * turn;
  const shade = Math.min(1, Math.max(0, brightness));
  return oklabToRgb([
    HUE_LIGHTNESS * shade,
    HUE_CHROMA * shade * Math.cos(angle),
    HUE_CHROMA * shade * Math.sin(angle),
  ]);
}

/** Largest chroma that sRGB holds at this lightness for every hue. */
const HUE_CHROMA = 0.125;
const HUE_LIGHTNESS = 0.75;

/** Lightness, green to red, blue to yellow. A violet tint at the dark pole keeps the loop off plain grey. */
function loopPoint(angle: number): readonly [number, number, number] {
  const side = Math.sin(angle);
  const dark = (1 - Math.cos(angle)) / 2;
  const lightness = 0.92 - 0.68 * dark;
  const hue = side > 0 ? [-0.048, -0.128] : [0.12, 0.098];
  const chroma = Math.abs(side) * (1 - 0.12 * Math.cos(angle));
  return [lightness, hue[0] * chroma + 0.045 * dark * dark, hue[1] * chroma - 0.05 * dark * dark];
}

function oklabToRgb([lightness, a, b]: readonly [number, number, number]): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    toByte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    toByte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    toByte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** The sRGB transfer curve. */
function toByte(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.max(0, linear) ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}
