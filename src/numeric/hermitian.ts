/**
 * Eigenvalues and eigenvectors of small Hermitian matrices in float64, by Jacobi rotations.
 *
 * @module
 */

/** Values from the largest to the smallest; vector k is interleaved at `vectors[k]`. */
export interface HermitianEigen {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
}

const SWEEPS = 60;

/**
 * Returns the eigen-decomposition of a Hermitian n x n matrix, interleaved, row-major. An Hermitian matrix A + iB has
 * the eigenvalues of the real symmetric [[A, -B], [B, A]], each twice; of each pair one vector is kept.
 */
export function hermitianEigen(matrix: Float64Array, n: number): HermitianEigen {
  const size = 2 * n;
  const a = new Float64Array(size * size), v = new Float64Array(size * size);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const re = matrix[2 * (i * n + j)], im = matrix[2 * (i * n + j) + 1];
      a[i * size + j] = a[(i + n) * size + j + n] = re;
      a[i * size + j + n] = -im;
      a[(i + n) * size + j] = im;
    }
  }
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a, size) > 1e-28 * trace2(a, size); sweep++) {
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, v, { size, p, q });
  }
  return distinctPairs(a, v, n);
}

function offDiagonal(a: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) if (i !== j) sum += a[i * size + j] ** 2;
  return sum;
}

function trace2(a: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += a[i * size + i] ** 2;
  return sum;
}

/** One rotation that makes element (p, q) zero (Golub and Van Loan, 8.5). */
function rotate(
  a: Float64Array,
  v: Float64Array,
  { size, p, q }: { size: number; p: number; q: number },
): void {
  const apq = a[p * size + q];
  if (apq === 0) return;
  const tau = (a[q * size + q] - a[p * size + p]) / (2 * apq);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t), s = t * c;
  for (let k = 0; k < size; k++) {
    const [x, y] = [a[k * size + p], a[k * size + q]];
    a[k * size + p] = c * x - s * y;
    a[k * size + q] = s * x + c * y;
  }
  for (let k = 0; k < size; k++) {
    const [x, y] = [a[p * size + k], a[q * size + k]];
    a[p * size + k] = c * x - s * y;
    a[q * size + k] = s * x + c * y;
    const [u, w] = [v[k * size + p], v[k * size + q]];
    v[k * size + p] = c * u - s * w;
    v[k * size + q] = s * u + c * w;
  }
}

/** Complex vectors, made orthonormal one after another: the second of a pair is i times the first and falls away. */
function distinctPairs(a: Float64Array, v: Float64Array, n: number): HermitianEigen {
  const size = 2 * n;
  const order = Array.from({ length: size }, (_, k) => k).sort((p, q) =>
    a[q * size + q] - a[p * size + p] || p - q
  );
  const vectors: Float64Array[] = [], values: number[] = [];
  for (const k of order) {
    const vector = new Float64Array(size);
    for (let i = 0; i < n; i++) {
      vector[2 * i] = v[i * size + k];
      vector[2 * i + 1] = v[(i + n) * size + k];
    }
    for (const known of vectors) removeProjection(vector, known);
    const norm = Math.hypot(...vector);
    if (norm < 0.5 || vectors.length === n) continue;
    vectors.push(vector.map((x) => x / norm));
    values.push(a[k * size + k]);
  }
  return { values, vectors };
}

function removeProjection(vector: Float64Array, unit: Float64Array): void {
  let re = 0, im = 0;
  for (let i = 0; i < vector.length; i += 2) {
    re += unit[i] * vector[i] + unit[i + 1] * vector[i + 1];
    im += unit[i] * vector[i + 1] - unit[i + 1] * vector[i];
  }
  for (let i = 0; i < vector.length; i += 2) {
    vector[i] -= re * unit[i] - im * unit[i + 1];
    vector[i + 1] -= re * unit[i + 1] + im * unit[i];
  }
}
