/**
 * Pictures of the probe modes and of the corrections of the positions.
 *
 * @module
 */
import { drawObject, type PicturedObject } from "./object_pictures.ts";
import { amplitudeOf, type ComplexImage, Fft2, type PlacedImage, type PositionsPx } from "../numeric/mod.ts";
import {
  figure,
  type ImagePanel,
  renderAmplitude,
  renderComplex,
  renderValues,
  scaleOf,
} from "../pictures/mod.ts";
import type { Probe } from "../scan/mod.ts";

/** Modes that are drawn. */
const MOST_MODES = 6;
/** Decades below the brightest pixel that a far field shows. */
const DECADES = 5;

/** Draws the modes of a probe as SVG, a row for each: the wave, its amplitude and its far field. */
export async function drawProbe(probe: Probe, pixelSizeM: number | undefined): Promise<string> {
  const { size, modes } = probe;
  const images = Array.from({ length: Math.min(modes, MOST_MODES) }, (_, mode): ComplexImage => {
    const data = Float64Array.from(probe.data.subarray(2 * mode * size ** 2, 2 * (mode + 1) * size ** 2));
    return { height: size, width: size, data };
  });
  const total = power(probe.data);
  const scale = scaleOf(pixelSizeM);
  const panels = images.flatMap((image, mode): ImagePanel[] => {
    const share = `${(100 * power(image.data) / (total || 1)).toFixed(1)} %`;
    const percentiles = [0, 100] as const;
    return [
      {
        image: renderComplex(image, { percentiles }),
        title: `Mode ${mode + 1}, ${share} of the power`,
        label: "phase (rad)",
        scale,
      },
      {
        image: renderAmplitude(amplitudeOf(image), { percentiles }),
        title: "Amplitude",
        label: "amplitude",
        scale,
      },
      {
        image: renderValues(farField(image), { percentiles }),
        title: "Far field",
        label: "log₁₀ of the intensity",
      },
    ];
  });
  const left = modes > MOST_MODES ? [`${modes - MOST_MODES} weaker modes are not shown.`] : [];
  return await figure(panels, {
    title: "Probe",
    columns: 3,
    side: 256,
    notes: ["Hue is the phase, brightness the amplitude.", ...left],
  });
}

function power(data: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] ** 2;
  return sum;
}

/** Base-10 logarithm of the intensity on the detector, zero frequency in the middle. */
function farField({ height, width, data }: ComplexImage) {
  const wave = Float64Array.from(data);
  new Fft2(height, width).forwardCentred(wave);
  const intensity = Float64Array.from({ length: height * width }, (_, i) => {
    return wave[2 * i] ** 2 + wave[2 * i + 1] ** 2;
  });
  const least = intensity.reduce((most, value) => Math.max(most, value), 0) / 10 ** DECADES;
  return { height, width, data: intensity.map((value) => Math.log10(Math.max(value, least || 1))) };
}

/**
 * Draws arrows from the recorded to the corrected positions over the phase, as SVG; returns undefined if none moved.
 * `scannedPx` has the positions of the whole scan, `positionsPx` those of the patterns of `indices`.
 */
export async function drawCorrections(
  image: PicturedObject & PlacedImage,
  { positionsPx, indices, scannedPx }: {
    readonly positionsPx: PositionsPx;
    readonly indices: ArrayLike<number>;
    readonly scannedPx: PositionsPx;
  },
): Promise<string | undefined> {
  const x = Float64Array.from(indices, (index) => scannedPx.x[index]);
  const y = Float64Array.from(indices, (index) => scannedPx.y[index]);
  const dx = x.map((from, i) => positionsPx.x[i] - from), dy = y.map((from, i) => positionsPx.y[i] - from);
  const lengths = dx.map((step, i) => Math.hypot(step, dy[i])).sort();
  const longest = lengths[lengths.length - 1];
  if (!(longest > 1e-6)) return undefined;
  const times = exaggeration(lengths[Math.floor(0.95 * (lengths.length - 1))] || longest, image.width);
  return await drawObject(image, {
    view: "phase",
    title: "Corrections of the positions",
    marks: {
      x: x.map((value) => value - image.x0),
      y: y.map((value) => value - image.y0),
      dx: dx.map((step) => step * times),
      dy: dy.map((step) => step * times),
    },
    notes: [
      `Arrows lead from the recorded to the corrected positions, ${times} times as long as they are: ` +
      `the median is ${lengths[lengths.length >> 1].toPrecision(2)} px, the longest ${
        longest.toPrecision(2)
      } px.`,
    ],
  });
}

/** A round factor by which a typical arrow takes about a twentieth of the image. */
function exaggeration(typical: number, width: number): number {
  const wanted = width / 20 / typical;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return Math.max(1, power * ([5, 2].find((step) => step * power <= wanted) ?? 1));
}
