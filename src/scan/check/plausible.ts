/**
 * Lengths and light that no scan has: a wavelength of no source, positions farther apart than a pattern, patterns without
 * light or with far more than the others.
 *
 * @module
 */
import type { PositionsPx } from "../../numeric/mod.ts";
import { spreadSample } from "../mean_pattern.ts";
import { scanOverlap } from "../overlap.ts";
import type { Probe, ScanGeometry } from "../types.ts";
import { evOfWavelength } from "../wavelength.ts";

/** Wavelengths in metres of electrons (10 keV to 1 MeV), X-rays (30 eV to 125 keV) and light (180 nm to 3 um). */
const SOURCES = [[0.8e-12, 13e-12], [1e-11, 4.2e-8], [1.8e-7, 3e-6]] as const;
/** Positions whose neighbours are looked for. */
const SAMPLE = 64;
/** Photons of a pattern under which they were scaled, or there is nothing to see. */
const FAINT = 5;
/** Part of the probe's area that neighbours share, under which there is hardly an image; fewer patterns say nothing. */
const SPARSE = 0.2, LEAST_OVERLAPPING = 9;
/** Part of the patterns that may have the position of another. */
const REPEATED = 0.05;
/** Light of a pattern beside the median, from which on, and under which, it is none of the scan. */
const BRIGHT = 10, EMPTY = 0.01;

/** Names a wavelength that is of no source; an energy in the wrong unit makes one. */
export function wavelengthLine({ wavelengthM }: ScanGeometry): string | undefined {
  if (SOURCES.some(([least, most]) => wavelengthM >= least && wavelengthM <= most)) return undefined;
  const energyEv = evOfWavelength(wavelengthM);
  return `a wavelength of ${wavelengthM.toPrecision(3)} m (photons of ${
    energyEv.toPrecision(3)
  } eV) is of no ` +
    `electron, X-ray or laser source: an energy in the wrong unit? Give it with --energy`;
}

/** Names positions that do not overlap, or are those of other patterns. */
export function positionLines(
  positions: PositionsPx,
  { size, probe }: { readonly size: number; readonly probe?: Probe },
): string[] {
  const apart = spacingLine(positions, size);
  if (apart !== undefined) return [apart];
  const overlap = probe && positions.x.length >= LEAST_OVERLAPPING
    ? scanOverlap({ positionsPx: positions, probe }).positions
    : undefined;
  return [
    ...(overlap !== undefined && overlap < SPARSE
      ? [
        `neighbours overlap by ${
          (100 * overlap).toFixed(0)
        } % of the probe's area: an image needs some 60 %; ` +
        "look at the unit of the positions, the object pixel and the probe",
      ]
      : []),
    ...repeatedLines(positions),
  ];
}

function repeatedLines({ x, y }: PositionsPx): string[] {
  const places = new Set(Array.from(x, (value, i) => `${value} ${y[i]}`));
  const repeated = x.length - places.size;
  return repeated > REPEATED * x.length
    ? [
      `${repeated} of ${x.length} patterns have the position of another: a stage that stood still, or a file joined twice?`,
    ]
    : [];
}

/** Names positions whose nearest neighbours are farther than a pattern is wide. */
function spacingLine({ x, y }: PositionsPx, size: number): string | undefined {
  const n = x.length;
  if (n < 2) return undefined;
  const nearest = Array.from(spreadSample(n, SAMPLE), (i) => {
    let least = Infinity;
    for (let j = 0; j < n; j++) if (j !== i) least = Math.min(least, Math.hypot(x[i] - x[j], y[i] - y[j]));
    return least;
  }).sort((a, b) => a - b);
  const middle = nearest[nearest.length >> 1];
  if (middle <= size) return undefined;
  return `neighbouring positions are ${
    middle.toPrecision(3)
  } object pixels apart, patterns ${size} wide: they do not ` +
    `overlap; look at the unit of the positions (--positions-unit), and at energy, distance and detector pixel`;
}

/** Names patterns without light, with far too much, or all of them with next to none. */
export function lightLines(counts: Float32Array, size: number): string[] {
  const pixels = size * size;
  const light = Array.from({ length: counts.length / pixels }, (_, i) => {
    let sum = 0;
    for (let p = i * pixels; p < (i + 1) * pixels; p++) sum += counts[p];
    return sum;
  });
  const median = light.slice().sort((a, b) => a - b)[light.length >> 1] ?? 0;
  const empty = light.filter((sum) => sum < EMPTY * median).length;
  const bright = light.filter((sum) => sum > BRIGHT * median).length;
  const of = `of ${light.length} patterns that were looked at`;
  return [
    ...(median > 0 && median < FAINT
      ? [
        `${
          median.toPrecision(2)
        } photons in a pattern: they seem to be scaled; noise and verdict are right for counts alone`,
      ]
      : []),
    ...(empty > 0
      ? [`${empty} ${of} ${empty > 1 ? "are" : "is"} dark beside the others: a closed shutter?`]
      : []),
    ...(bright > 0
      ? [`${bright} ${of} ${bright > 1 ? "have" : "has"} more than ${BRIGHT} times the light of the others`]
      : []),
  ];
}
