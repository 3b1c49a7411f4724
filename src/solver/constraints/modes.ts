/**
 * Arithmetic of the modes of a probe and of its variation: made, made orthogonal.
 *
 * @module
 */
import { hermitianEigen } from "../../numeric/mod.ts";

/** Part of the power that each further mode begins with. */
const START_POWER = 0.03;

/**
 * Orthogonal modes with the same incoherent sum, the strongest first: the eigenvectors of their Gram matrix (P.
 * Thibault and A. Menzel, Nature 494, 68, 2013, supplement). Modes are (P, N, N), interleaved.
 */
export function orthogonalModes(modes: Float64Array, count: number): Float64Array {
  const words = modes.length / count;
  const gram = new Float64Array(2 * count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const [re, im] = product(
        modes.subarray(i * words, (i + 1) * words),
        modes.subarray(j * words, (j + 1) * words),
      );
      gram[2 * (i * count + j)] = re;
      gram[2 * (i * count + j) + 1] = im;
    }
  }
  const { vectors } = hermitianEigen(gram, count);
  const out = new Float64Array(modes.length);
  vectors.forEach((vector, k) => {
    for (let i = 0; i < count; i++) {
      const [re, im] = [vector[2 * i], vector[2 * i + 1]];
      for (let w = 0; w < words; w += 2) {
        const [a, b] = [modes[i * words + w], modes[i * words + w + 1]];
        // the conjugate of the eigenvector of <P_i, conj P_j>
        out[k * words + w] += re * a + im * b;
        out[k * words + w + 1] += re * b - im * a;
      }
    }
  });
  return out;
}

/** sum a conj(b). */
function product(a: Float64Array, b: Float64Array): [number, number] {
  let re = 0, im = 0;
  for (let w = 0; w < a.length; w += 2) {
    re += a[w] * b[w] + a[w + 1] * b[w + 1];
    im += a[w + 1] * b[w] - a[w] * b[w + 1];
  }
  return [re, im];
}

const power = (mode: Float64Array) => mode.reduce((sum, value) => sum + value * value, 0);

/**
 * As many modes as wanted: the given ones, and further ones that are the first times x, y, x^2, x y, ... about its
 * centre, as partial coherence makes them, orthogonal to those before. The power in all stays. Takes (P, N, N).
 */
export function withModes(
  probe: ArrayLike<number>,
  { given, wanted, side }: { given: number; wanted: number; side: number },
): Float64Array {
  const words = 2 * side * side;
  const out = new Float64Array(wanted * words);
  for (let w = 0; w < Math.min(given, wanted) * words; w++) out[w] = probe[w];
  const before = power(out);
  const first = out.slice(0, words);
  const centre = centreOf(first, side);
  for (let k = given; k < wanted; k++) {
    const mode = out.subarray(k * words, (k + 1) * words);
    const [ex, ey] = exponents(k - given + 1);
    for (let i = 0; i < side * side; i++) {
      const factor = ((i % side) - centre.x) ** ex * (Math.floor(i / side) - centre.y) ** ey;
      mode[2 * i] = factor * first[2 * i];
      mode[2 * i + 1] = factor * first[2 * i + 1];
    }
    for (let j = 0; j < k; j++) removeMode(mode, out.subarray(j * words, (j + 1) * words));
    const factor = Math.sqrt(START_POWER * power(first) / (power(mode) || 1));
    for (let w = 0; w < words; w++) mode[w] *= factor;
  }
  const factor = Math.sqrt(before / power(out));
  return out.map((value) => value * factor);
}

/** (1,0), (0,1), (2,0), (1,1), (0,2), ... */
function exponents(k: number): [number, number] {
  let order = 0;
  let rest = k;
  while (rest > order) rest -= ++order;
  return [order - rest, rest];
}

function removeMode(mode: Float64Array, other: Float64Array): void {
  const size = power(other);
  if (size === 0) return;
  const [re, im] = product(mode, other);
  for (let w = 0; w < mode.length; w += 2) {
    mode[w] -= (re * other[w] - im * other[w + 1]) / size;
    mode[w + 1] -= (re * other[w + 1] + im * other[w]) / size;
  }
}

/** Centre of mass of the intensity of modes (P, N, N), in pixels. */
export function centreOf(modes: Float64Array, side: number): { x: number; y: number } {
  let sum = 0, x = 0, y = 0;
  const pixels = side * side;
  for (let i = 0; i < modes.length / 2; i++) {
    const intensity = modes[2 * i] ** 2 + modes[2 * i + 1] ** 2;
    sum += intensity;
    x += intensity * (i % side);
    y += intensity * Math.floor((i % pixels) / side);
  }
  return { x: x / sum, y: y / sum };
}

/**
 * Makes the modes of the probe's variation orthogonal with unit root mean square, and changes the weights (n, E) so
 * that each pattern keeps its probe: Gram and Schmidt, in place.
 */
export function orthogonalVariation(
  modes: Float64Array,
  { count, weights }: { count: number; weights: Float32Array },
): void {
  const words = modes.length / count, pixels = words / 2;
  const patterns = weights.length / count;
  const mode = (e: number) => modes.subarray(e * words, (e + 1) * words);
  for (let e = 0; e < count; e++) {
    for (let k = 0; k < e; k++) {
      // weights are real, and so is what may move between modes
      const [re] = product(mode(e), mode(k));
      const share = re / power(mode(k));
      for (let w = 0; w < words; w++) mode(e)[w] -= share * mode(k)[w];
      for (let i = 0; i < patterns; i++) weights[i * count + k] += share * weights[i * count + e];
    }
    const rms = Math.sqrt(power(mode(e)) / pixels);
    if (rms === 0) continue;
    for (let w = 0; w < words; w++) mode(e)[w] /= rms;
    for (let i = 0; i < patterns; i++) weights[i * count + e] *= rms;
  }
}
