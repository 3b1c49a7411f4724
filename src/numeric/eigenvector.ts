/**
 * The eigenvector of the largest eigenvalue of a Hermitian matrix, by restarted Lanczos iteration.
 *
 * @module
 */

/** y = M x for interleaved complex vectors. */
export type HermitianProduct = (x: Float64Array, y: Float64Array) => void;

/** Start vector and stopping rule. */
export interface EigenOptions {
  /** Start vector, interleaved, not zero. Its length sets the size of the matrix. */
  readonly start: Float64Array;
  /** Residual norm(M v - lambda v), v of norm 1, to stop at. */
  readonly tolerance: number;
  /** Most products with the matrix. */
  readonly maxProducts: number;
}

/** Result of the power iteration. */
export interface Eigenpair {
  /** Norm 1, interleaved. */
  readonly vector: Float64Array;
  readonly value: number;
  /** Norm of M v - lambda v, from the recurrence. */
  readonly residual: number;
  readonly products: number;
}

/** Basis vectors kept before a restart from the best vector among them. */
const BASIS = 24;
/** Steps between checks of the residual. */
const CHECK_EVERY = 4;

/** Lanczos with full orthogonalisation against its short basis; deterministic. */
export function leadingEigenvector(multiply: HermitianProduct, options: EigenOptions): Eigenpair {
  const { start, tolerance, maxProducts } = options;
  const basis = Array.from({ length: BASIS + 1 }, () => new Float64Array(start.length));
  basis[0].set(start);
  scale(basis[0], 1 / Math.sqrt(norm2(start)));
  for (let products = 0;;) {
    const diagonal: number[] = [], beside: number[] = [];
    for (let j = 0; j < BASIS; j++) {
      const next = basis[j + 1];
      multiply(basis[j], next);
      products++;
      diagonal.push(realDot(basis[j], next));
      // Twice is enough (Parlett): the second pass removes what rounding left.
      for (let pass = 0; pass < 2; pass++) for (let i = 0; i <= j; i++) removeComponent(next, basis[i]);
      beside.push(Math.sqrt(norm2(next)));
      const last = j + 1 === BASIS || products >= maxProducts || beside[j] <= tolerance;
      if (!last && (j + 1) % CHECK_EVERY !== 0) {
        scale(next, 1 / beside[j]);
        continue;
      }
      const ritz = largestOfTridiagonal(diagonal, beside);
      const residual = beside[j] * Math.abs(ritz.vector[j]);
      if (!last && residual > tolerance) {
        scale(next, 1 / beside[j]);
        continue;
      }
      const vector = combine(basis, ritz.vector);
      if (residual <= tolerance || products >= maxProducts) {
        return { vector, value: ritz.value, residual, products };
      }
      basis[0].set(vector);
      break;
    }
  }
}

function norm2(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return sum;
}

function realDot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

function scale(x: Float64Array, by: number): void {
  for (let i = 0; i < x.length; i++) x[i] *= by;
}

/** x -= <v, x> v. */
function removeComponent(x: Float64Array, v: Float64Array): void {
  let re = 0, im = 0;
  for (let i = 0; i < x.length; i += 2) {
    re += v[i] * x[i] + v[i + 1] * x[i + 1];
    im += v[i] * x[i + 1] - v[i + 1] * x[i];
  }
  for (let i = 0; i < x.length; i += 2) {
    x[i] -= re * v[i] - im * v[i + 1];
    x[i + 1] -= re * v[i + 1] + im * v[i];
  }
}

/** Sum of basis vectors, normalised. */
function combine(basis: readonly Float64Array[], shares: readonly number[]): Float64Array {
  const sum = new Float64Array(basis[0].length);
  shares.forEach((share, k) => {
    const v = basis[k];
    for (let i = 0; i < sum.length; i++) sum[i] += share * v[i];
  });
  scale(sum, 1 / Math.sqrt(norm2(sum)));
  return sum;
}

/** The largest eigenvalue of a small symmetric tridiagonal matrix and its vector, by Jacobi rotations. */
function largestOfTridiagonal(diagonal: readonly number[], beside: readonly number[]): {
  readonly value: number;
  readonly vector: number[];
} {
  const n = diagonal.length;
  const a = diagonal.map((d, i) =>
    diagonal.map((_, j) => i === j ? d : Math.abs(i - j) === 1 ? beside[Math.min(i, j)] : 0)
  );
  const v = diagonal.map((_, i) => diagonal.map((_, j) => i === j ? 1 : 0));
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p][q] ** 2;
    if (off < 1e-30) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, [p, q]);
  }
  let best = 0;
  for (let i = 1; i < n; i++) if (a[i][i] > a[best][best]) best = i;
  return { value: a[best][best], vector: v.map((row) => row[best]) };
}

/** One Jacobi rotation that zeroes a[p][q]. */
function rotate(a: number[][], v: number[][], [p, q]: readonly [number, number]): void {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1), s = t * c;
  for (const row of a) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
  for (let k = 0; k < a.length; k++) {
    [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
  }
  for (const row of v) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
}
