/**
 * Arithmetic of the modes of a probe and of its variation: made orthogonal.
 *
 * @module
 */
import { hermitianEigen } from "../../numeric/mod.ts";

/**
 * Returns orthogonal modes with the same incoherent sum, the strongest first: the eigenvectors of their Gram matrix
 * (P. Thibault and A. Menzel, Nature 494, 68, 2013, supplement). Modes are (P, N, N), interleaved.
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

/** Returns the centre of mass of the intensity of modes (P, N, N), in pixels. */
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
