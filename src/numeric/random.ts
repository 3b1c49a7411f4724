/**
 * Seeded random numbers: the same seed gives the same numbers everywhere.
 *
 * @module
 */
import {
  type JumpableRandomGenerator,
  uniformFloat64,
  uniformInt,
  xoroshiro128plus,
  xoroshiro128plusFromState,
} from "../deps/pure_rand.ts";

/** Arrays that can be shuffled in place. */
type Shuffleable = Int32Array | Uint32Array | Float32Array | Float64Array | number[];

/** Poisson means from here on are drawn by transformed rejection. */
const REJECTION_MEAN = 10;

/**
 * A generator (xoroshiro128+) with its own state.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const random = new Random(7);
 * const copy = Random.fromState(random.state);
 * assert.equal(random.uniform(), copy.uniform());
 * ```
 */
export class Random {
  #generator: JumpableRandomGenerator;

  /** `seed`: any safe integer. `stream`: a name; streams of one seed are independent of each other. */
  constructor(seed: number, stream = "") {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a whole number, not ${seed}`);
    this.#generator = xoroshiro128plusFromState(seedWords(seed, stream));
  }

  /** Goes on from a {@linkcode Random.state}. */
  static fromState(state: readonly number[]): Random {
    if (state.length !== 4 || !state.every((word) => Number.isInteger(word))) {
      throw new RangeError("a state of the generator is four whole numbers");
    }
    const random = new Random(0);
    random.#generator = xoroshiro128plusFromState(state);
    return random;
  }

  /** Four 32-bit words; fit for JSON. */
  get state(): readonly number[] {
    return [...this.#generator.getState()];
  }

  /** In [0, 1), a multiple of 2^-53. */
  uniform(): number {
    return uniformFloat64(this.#generator);
  }

  /** A whole number in [0, limit). */
  integer(limit: number): number {
    return uniformInt(this.#generator, 0, limit - 1);
  }

  /**
   * Normal with mean 0 and variance 1 (Box and Muller; one of the pair, so that the state is all there is).
   */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Poisson. Exact inversion for small means, transformed rejection (PTRS) above. */
  poisson(mean: number): number {
    if (!(mean >= 0 && mean < 2 ** 50)) throw new RangeError(`a Poisson mean is in [0, 2^50), not ${mean}`);
    return mean < REJECTION_MEAN ? this.#poissonByInversion(mean) : this.#poissonByRejection(mean);
  }

  /** Shuffles in place (Fisher and Yates) and returns the array. */
  shuffle<Array extends Shuffleable>(array: Array): Array {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = array[i];
      array[i] = array[j];
      array[j] = kept;
    }
    return array;
  }

  /** `count` distinct whole numbers of [0, limit), ascending. */
  choose(limit: number, count: number): Int32Array {
    if (count > limit) throw new RangeError(`cannot choose ${count} of ${limit}`);
    const out = new Int32Array(count);
    // selection sampling: Knuth, TAOCP 3.4.2, algorithm S
    for (let i = 0, taken = 0; taken < count; i++) {
      if ((limit - i) * this.uniform() < count - taken) out[taken++] = i;
    }
    return out;
  }

  #poissonByInversion(mean: number): number {
    let rest = this.uniform();
    let probability = Math.exp(-mean);
    let k = 0;
    while (rest >= probability && probability > 0) {
      rest -= probability;
      probability *= mean / ++k;
    }
    return k;
  }

  /** W. Hörmann, "The transformed rejection method for generating Poisson random variables", 1993. */
  #poissonByRejection(mean: number): number {
    const b = 0.931 + 2.53 * Math.sqrt(mean);
    const a = -0.059 + 0.02483 * b;
    const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    const accept = 0.9277 - 3.6224 / (b - 2);
    const logMean = Math.log(mean);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = 1 - this.uniform();
      const edge = 0.5 - Math.abs(u);
      if (edge === 0) continue;
      const k = Math.floor((2 * a / edge + b) * u + mean + 0.43);
      if (edge >= 0.07 && v <= accept) return k;
      if (k < 0 || (edge < 0.013 && v > edge)) continue;
      const left = Math.log(v * inverseAlpha / (a / (edge * edge) + b));
      if (left <= k * logMean - mean - logFactorial(k)) return k;
    }
  }
}

/** log k!: Stirling's series, to 1e-10 from 10 on, and the sum below. */
function logFactorial(k: number): number {
  if (k < 10) {
    let sum = 0;
    for (let i = 2; i <= k; i++) sum += Math.log(i);
    return sum;
  }
  const inverse = 1 / k;
  const series = inverse * (1 / 12 - inverse * inverse * (1 / 360 - inverse * inverse / 1260));
  return (k + 0.5) * Math.log(k) - k + 0.5 * Math.log(2 * Math.PI) + series;
}

/** Mixes seed and name (FNV-1a), then lets a generator spread them over four words. */
function seedWords(seed: number, stream: string): number[] {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${seed}/${stream}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  const mixer = xoroshiro128plus(hash ^ seed);
  for (let i = 0; i < 16; i++) mixer.next();
  return Array.from({ length: 4 }, () => mixer.next());
}
