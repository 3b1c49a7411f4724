/**
 * The picture of a comparison.
 *
 * @module
 */
import type { RealImage } from "../numeric/mod.ts";
import {
  type CurvePanel,
  figure,
  type ImagePanel,
  type Panel,
  percentileLimits,
  renderAmplitude,
  renderDifference,
  renderPhase,
  scaleOf,
} from "../pictures/mod.ts";
import type { Comparison, ComparisonEntry, ImageFigures } from "./compare.ts";
import { halfBitThreshold } from "./frc.ts";

/**
 * Draws compared images as SVG, in the colours of the first reference. Against a reference: its amplitude and phase, then a
 * row for each method with amplitude, phase, difference of phase and FRC. For `halves`, two rows for each method: the
 * amplitudes of both halves and the FRC; the phases of both and their difference.
 */
export function drawComparison(
  entries: readonly ComparisonEntry[],
  { halves = false }: { readonly halves?: boolean } = {},
): Promise<string> {
  const { referenceAmplitude, referencePhase } = entries[0].comparison.images;
  const amplitudeLimits = percentileLimits(referenceAmplitude, {});
  const phaseLimits = percentileLimits(referencePhase, {});
  const scale = scaleOf(entries.find(({ pixelSizeM }) => pixelSizeM !== undefined)?.pixelSizeM);
  const amplitude = (image: RealImage, title: string): ImagePanel => ({
    image: renderAmplitude(image, { limits: amplitudeLimits }),
    title,
    label: "amplitude",
    scale,
  });
  const phase = (image: RealImage, title: string): ImagePanel => ({
    image: renderPhase(image, { limits: phaseLimits }),
    title,
    label: "phase (rad)",
    scale,
  });
  const difference = ({ images }: Comparison, title: string): ImagePanel => {
    const data = images.phase.data.map((value, p) => value - images.referencePhase.data[p]);
    const image = renderDifference({ ...images.phase, data }, { limits: symmetric(phaseLimits) });
    return { image, title, label: "difference (rad)", scale };
  };
  const columns = halves ? 3 : 4;
  const panels = halves
    ? entries.flatMap(({ name, comparison, pixelSizeM }): Panel[] => [
      amplitude(comparison.images.referenceAmplitude, `${name}: amplitude, first half`),
      amplitude(comparison.images.amplitude, "Amplitude, second half"),
      frcPanel({ name, comparison, pixelSizeM }),
      phase(comparison.images.referencePhase, `${name}: phase, first half`),
      phase(comparison.images.phase, "Phase, second half"),
      difference(comparison, "Phase, second half minus first"),
    ])
    : [
      amplitude(referenceAmplitude, "Reference: amplitude"),
      phase(referencePhase, "Reference: phase"),
      undefined,
      undefined,
      ...entries.flatMap(({ name, comparison, pixelSizeM }): Panel[] => [
        amplitude(comparison.images.amplitude, `${name}: amplitude`),
        phase(comparison.images.phase, `${name}: phase`),
        difference(comparison, `${name}: phase minus reference`),
        frcPanel({ name, comparison, pixelSizeM }),
      ]),
    ];
  const reference = halves ? "the first half" : "the reference";
  return figure(panels, {
    title: halves ? "Comparison of two halves of the scan" : "Comparison with the reference",
    columns,
    side: SIDE,
    notes: [
      `Images are aligned with ${reference}: shift, scale and a plane of phase are removed. Colours span the 1st to 99th ` +
      `percentile of ${reference}, those of differences a quarter of the range of its phase to both sides of zero.`,
    ],
  });
}

/** Side of the images of a comparison in pixels. */
const SIDE = 320;

/** A quarter of the range of the reference to both sides of zero. */
function symmetric([low, high]: readonly [number, number]): readonly [number, number] {
  const reach = (high - low) / 4 || 1;
  return [-reach, reach];
}

/** The curves over cycles per pixel or, where the size of a pixel is known, per micrometre. */
function frcPanel({ name, comparison: { amplitude, phase }, pixelSizeM }: ComparisonEntry): CurvePanel {
  const perUnit = pixelSizeM === undefined ? 1 : 1e-6 / pixelSizeM;
  const x = (frequency: ArrayLike<number>) => Float64Array.from(frequency, (value) => value * perUnit);
  const curve = (part: string, { frc }: ImageFigures) => ({
    name: part,
    x: x(frc.frequency),
    y: frc.correlation,
    dots: false,
  });
  const halfBit = {
    name: "half-bit threshold",
    x: x(phase.frc.frequency),
    y: phase.frc.pixels.map(halfBitThreshold),
    dashed: true,
  };
  return {
    series: [curve("phase", phase), curve("amplitude", amplitude), halfBit],
    title: `${name}: Fourier ring correlation`,
    xLabel: `spatial frequency (cycles/${pixelSizeM === undefined ? "px" : "µm"})`,
    yLabel: "correlation",
    width: 460,
    height: SIDE - 66,
  };
}
