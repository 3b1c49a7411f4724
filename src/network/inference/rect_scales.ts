/**
 * The two scales of a network with real and imaginary outputs.
 *
 * @module
 */
import type { Floats } from "../../numeric/mod.ts";

/** Factors of the real and of the imaginary part. */
export interface RectScales {
  readonly s1: number;
  readonly s2: number;
}

/** Multiplies the real parts of interleaved values by s1, the imaginary ones by s2, in place. */
export function applyRectScales(values: Float32Array, { s1, s2 }: RectScales): void {
  for (let i = 0; i < values.length; i += 2) {
    values[i] *= s1;
    values[i + 1] *= s2;
  }
}

/**
 * Exit waves of the real and of the imaginary part (interleaved), and the measured intensity of each pixel.
 */
export interface RectScalesInput {
  readonly psiA: Floats;
  readonly psiB: Floats;
  readonly intensity: Floats;
}

/**
 * Real s1 >= 0 and s2 that minimise sum (I - abs(s1 psiA + s2 psiB)^2)^2 over all pixels, globally.
 *
 * With (s1, s2) = sqrt(u) (cos t, sin t), the modelled intensity is u g, g = cos^2 |a|^2 + 2 cos sin Re(a b*)
 * + sin^2 |b|^2. The best u is sum I g / sum g^2, what remains is to maximise (sum I g)^2 / sum g^2 over the
 * direction, whose stationary points are the real roots of a quartic in tan t, or t = pi/2.
 */
export function rectScales({ psiA, psiB, intensity }: RectScalesInput): RectScales {
  if (psiA.length !== psiB.length || psiA.length !== 2 * intensity.length) {
    throw new RangeError(
      `exit waves of ${psiA.length / 2} and ${psiB.length / 2} pixels for ${intensity.length} intensities`,
    );
  }
  const moments = new RectMoments();
  for (let i = 0; i < intensity.length; i++) {
    const ar = psiA[2 * i], ai = psiA[2 * i + 1], br = psiB[2 * i], bi = psiB[2 * i + 1];
    moments.add(intensity[i], { a: ar * ar + ai * ai, b: br * br + bi * bi, cross: 2 * (ar * br + ai * bi) });
  }
  return moments.solve();
}

/** Scales from the best stationary direction of the moments. */
function bestScales(n: readonly number[], q: readonly number[]): RectScales {
  // d/dt (N^2 / Q) = 0 where N is not: 2 N' Q - N Q' = 0; the terms of degree 5 cancel.
  const stationary = [
    2 * n[1] * q[0] - n[0] * q[1],
    4 * n[2] * q[0] + n[1] * q[1] - 2 * n[0] * q[2],
    3 * n[2] * q[1] - 3 * n[0] * q[3],
    2 * n[2] * q[2] - n[1] * q[3] - 4 * n[0] * q[4],
    n[2] * q[3] - 2 * n[1] * q[4],
  ];
  let best = { gain: 0, s1: 0, s2: 0 };
  for (const [c, s] of [[0, 1], [1, 0], ...realRoots(stationary).map((t) => [1, t])]) {
    const size = Math.hypot(c, s);
    const x = c / size, y = s / size;
    const top = n[0] * x * x + n[1] * x * y + n[2] * y * y;
    const bottom = q.reduce((sum, coefficient, k) => sum + coefficient * x ** (4 - k) * y ** k, 0);
    const gain = top * top / bottom;
    if (!(top > 0) || !(gain > best.gain)) continue;
    const scale = Math.sqrt(top / bottom);
    best = { gain, s1: scale * x, s2: scale * y };
  }
  return { s1: best.s1, s2: best.s2 };
}

/**
 * Collects measured and modelled intensities, pixel by pixel and batch by batch. Incoherent probe modes add up before:
 * `a` = sum |psiA|^2, `b` = sum |psiB|^2, `cross` = sum 2 Re(psiA conj psiB).
 */
export class RectMoments {
  /** Of sum I g / cos^2, by powers of tan t. */
  readonly #n = [0, 0, 0];
  /** Of sum g^2 / cos^4. */
  readonly #q = [0, 0, 0, 0, 0];

  /** One pixel. */
  add(
    intensity: number,
    { a, b, cross: c }: { readonly a: number; readonly b: number; readonly cross: number },
  ): void {
    const n = this.#n, q = this.#q;
    n[0] += intensity * a;
    n[1] += intensity * c;
    n[2] += intensity * b;
    q[0] += a * a;
    q[1] += 2 * a * c;
    q[2] += 2 * a * b + c * c;
    q[3] += 2 * b * c;
    q[4] += b * b;
  }

  /** The scales that fit best; zeros where nothing does. */
  solve(): RectScales {
    return bestScales(this.#n, this.#q);
  }
}

/**
 * Real roots of a polynomial (coefficients by rising power), between and beyond the roots of its derivative.
 */
function realRoots(coefficients: readonly number[]): number[] {
  const largest = Math.max(...coefficients.map(Math.abs));
  let degree = coefficients.length - 1;
  while (degree > 0 && Math.abs(coefficients[degree]) <= 1e-14 * largest) degree--;
  if (degree === 0) return [];
  const p = coefficients.slice(0, degree + 1);
  if (degree === 1) return [-p[0] / p[1]];
  const bound = 1 + Math.max(...p.slice(0, degree).map((c) => Math.abs(c / p[degree]))); // Cauchy
  const turns = realRoots(p.slice(1).map((c, k) => (k + 1) * c)).filter((t) => Math.abs(t) < bound);
  const ends = [-bound, ...turns.sort((a, b) => a - b), bound];
  const roots: number[] = [...turns];
  for (let k = 0; k + 1 < ends.length; k++) {
    const root = bisect(p, ends[k], ends[k + 1]);
    if (root !== undefined) roots.push(root);
  }
  return roots;
}

/** The root between two points where the polynomial's signs differ. */
function bisect(p: readonly number[], from: number, to: number): number | undefined {
  const at = (x: number) => p.reduceRight((sum, c) => sum * x + c, 0);
  let low = from, high = to;
  const sign = Math.sign(at(low));
  if (sign * Math.sign(at(high)) > 0) return undefined;
  for (let k = 0; k < 200; k++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (Math.sign(at(middle)) === sign) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
