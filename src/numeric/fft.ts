/**
 * Fourier transforms in float64 for any length: mixed radix (Stockham) where the factors are at most 13, else
 * Bluestein's chirp transform. For data sets and metrics; the training program has its own kernels.
 *
 * @module
 */

const LARGEST_RADIX = 13;

/** One stage of a mixed-radix transform. */
interface Stage {
  readonly radix: number;
  /** exp(-2 pi i q r / n) for q < n / radix, r < radix, interleaved. */
  readonly twiddles: Float64Array;
}

/** A transform of one length, with its tables; unnormalised in both directions. */
export interface FftPlan {
  readonly length: number;
  /** In place on `length` interleaved values. */
  transform(data: Float64Array, inverse: boolean): void;
}

/** Prepares transforms of `length` >= 1 values. */
export function planFft(length: number): FftPlan {
  if (!Number.isInteger(length) || length < 1) {
    throw new RangeError(`FFT of length ${length}: expected at least 1`);
  }
  const radices = factor(length);
  return radices.every((p) => p <= LARGEST_RADIX) ? mixedRadix(length, radices) : bluestein(length);
}

function factor(length: number): number[] {
  const radices: number[] = [];
  let rest = length;
  for (let p = 4; rest > 1; p = p === 4 ? 2 : p === 2 ? 3 : p + 2) {
    while (rest % p === 0) {
      radices.push(p);
      rest /= p;
    }
    if (p > LARGEST_RADIX && rest > 1) return [...radices, rest];
  }
  return radices;
}

/** exp(-2 pi i k / n) for k < count, interleaved. */
function roots(n: number, count: number): Float64Array {
  const table = new Float64Array(2 * count);
  for (let k = 0; k < count; k++) {
    table[2 * k] = Math.cos(2 * Math.PI * k / n);
    table[2 * k + 1] = -Math.sin(2 * Math.PI * k / n);
  }
  return table;
}

function mixedRadix(length: number, radices: readonly number[]): FftPlan {
  const stages: Stage[] = [];
  let n = length;
  for (const radix of radices) {
    const circle = roots(n, n);
    const m = n / radix;
    const twiddles = new Float64Array(2 * n);
    for (let q = 0; q < m; q++) {
      for (let r = 0; r < radix; r++) {
        twiddles.set(circle.subarray(2 * ((q * r) % n), 2 * ((q * r) % n) + 2), 2 * (q * radix + r));
      }
    }
    stages.push({ radix, twiddles });
    n = m;
  }
  const scratch = new Float64Array(2 * length);
  const tables = new Map(radices.map((p) => [p, roots(p, p)]));
  return {
    length,
    transform(data, inverse) {
      if (inverse) swapParts(data, length);
      let from = data, to: Float64Array = scratch, rest = length, stride = 1;
      for (const { radix, twiddles } of stages) {
        const m = rest / radix;
        if (radix === 4) radix4(from, to, { m, stride, twiddles });
        else if (radix === 2) radix2(from, to, { m, stride, twiddles });
        else anyRadix(from, to, { m, stride, twiddles, circle: tables.get(radix) ?? roots(radix, radix) });
        [from, to] = [to, from];
        rest = m;
        stride *= radix;
      }
      if (from !== data) data.set(from);
      if (inverse) swapParts(data, length);
    },
  };
}

/** Swapping real and imaginary parts before and after turns a forward transform into an inverse one. */
function swapParts(data: Float64Array, length: number): void {
  for (let i = 0; i < 2 * length; i += 2) {
    const re = data[i];
    data[i] = data[i + 1];
    data[i + 1] = re;
  }
}

interface Butterflies {
  readonly m: number;
  readonly stride: number;
  readonly twiddles: Float64Array;
}

function radix2(from: Float64Array, to: Float64Array, { m, stride, twiddles }: Butterflies): void {
  const half = 2 * stride * m;
  for (let q = 0; q < m; q++) {
    const wr = twiddles[4 * q + 2], wi = twiddles[4 * q + 3];
    for (let k = 0; k < stride; k++) {
      const a = 2 * (k + stride * q), y = 2 * (k + stride * 2 * q);
      const re = from[a] - from[a + half], im = from[a + 1] - from[a + half + 1];
      to[y] = from[a] + from[a + half];
      to[y + 1] = from[a + 1] + from[a + half + 1];
      to[y + 2 * stride] = re * wr - im * wi;
      to[y + 2 * stride + 1] = re * wi + im * wr;
    }
  }
}

function radix4(from: Float64Array, to: Float64Array, { m, stride, twiddles }: Butterflies): void {
  const step = 2 * stride * m, out = 2 * stride;
  for (let q = 0; q < m; q++) {
    const w = 8 * q;
    const w1r = twiddles[w + 2], w1i = twiddles[w + 3], w2r = twiddles[w + 4], w2i = twiddles[w + 5];
    const w3r = twiddles[w + 6], w3i = twiddles[w + 7];
    for (let k = 0; k < stride; k++) {
      const a = 2 * (k + stride * q), y = 2 * (k + stride * 4 * q);
      const b = a + step, c = b + step, d = c + step;
      const acR = from[a] + from[c], acI = from[a + 1] + from[c + 1];
      const dcR = from[a] - from[c], dcI = from[a + 1] - from[c + 1];
      const bdR = from[b] + from[d], bdI = from[b + 1] + from[d + 1];
      const dbR = from[b] - from[d], dbI = from[b + 1] - from[d + 1];
      const r1 = dcR + dbI, i1 = dcI - dbR, r2 = acR - bdR, i2 = acI - bdI, r3 = dcR - dbI, i3 = dcI + dbR;
      to[y] = acR + bdR;
      to[y + 1] = acI + bdI;
      to[y + out] = r1 * w1r - i1 * w1i;
      to[y + out + 1] = r1 * w1i + i1 * w1r;
      to[y + 2 * out] = r2 * w2r - i2 * w2i;
      to[y + 2 * out + 1] = r2 * w2i + i2 * w2r;
      to[y + 3 * out] = r3 * w3r - i3 * w3i;
      to[y + 3 * out + 1] = r3 * w3i + i3 * w3r;
    }
  }
}

function anyRadix(
  from: Float64Array,
  to: Float64Array,
  job: Butterflies & { readonly circle: Float64Array },
): void {
  const { m, stride, twiddles, circle } = job;
  const radix = circle.length / 2;
  for (let q = 0; q < m; q++) {
    for (let k = 0; k < stride; k++) {
      for (let r = 0; r < radix; r++) {
        let re = 0, im = 0;
        for (let j = 0; j < radix; j++) {
          const a = 2 * (k + stride * (q + m * j)), t = 2 * ((j * r) % radix);
          re += from[a] * circle[t] - from[a + 1] * circle[t + 1];
          im += from[a] * circle[t + 1] + from[a + 1] * circle[t];
        }
        const y = 2 * (k + stride * (radix * q + r)), w = 2 * (q * radix + r);
        to[y] = re * twiddles[w] - im * twiddles[w + 1];
        to[y + 1] = re * twiddles[w + 1] + im * twiddles[w];
      }
    }
  }
}

/** Bluestein (1970): a transform of any length as a convolution of a power-of-two length with a chirp. */
function bluestein(length: number): FftPlan {
  let size = 1;
  while (size < 2 * length - 1) size *= 2;
  const plan = planFft(size);
  const circle = roots(2 * length, 2 * length);
  // k^2 is reduced modulo 2n before it becomes an angle: large k would lose digits.
  const chirpAt = (k: number) => 2 * Number((BigInt(k) * BigInt(k)) % BigInt(2 * length));
  const chirp = new Float64Array(2 * length);
  const kernel = new Float64Array(2 * size);
  for (let k = 0; k < length; k++) {
    const at = chirpAt(k);
    chirp.set(circle.subarray(at, at + 2), 2 * k);
    for (const place of new Set([k, (size - k) % size])) {
      kernel[2 * place] = circle[at];
      kernel[2 * place + 1] = -circle[at + 1];
    }
  }
  plan.transform(kernel, false);
  const work = new Float64Array(2 * size);
  return {
    length,
    transform(data, inverse) {
      if (inverse) swapParts(data, length);
      work.fill(0);
      multiplyInto(work, data, chirp);
      plan.transform(work, false);
      multiplyInto(work, work, kernel);
      plan.transform(work, true);
      multiplyInto(data, work, chirp);
      for (let i = 0; i < 2 * length; i++) data[i] /= size;
      if (inverse) swapParts(data, length);
    },
  };
}

/** out = a b, elementwise over the pairs of the shortest. */
function multiplyInto(out: Float64Array, a: Float64Array, b: Float64Array): void {
  const end = Math.min(out.length, a.length, b.length);
  for (let i = 0; i < end; i += 2) {
    const re = a[i] * b[i] - a[i + 1] * b[i + 1];
    out[i + 1] = a[i] * b[i + 1] + a[i + 1] * b[i];
    out[i] = re;
  }
}
