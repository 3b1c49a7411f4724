/**
 * Groups of neighbouring positions: seeds are drawn first, then the nearest neighbours of each seed alone are
 * found, and C of them chosen.
 *
 * @module
 */
import { DataError, OptionError } from "../../common/mod.ts";
import { nearestNeighbours, type PositionsPx, Random } from "../../numeric/mod.ts";

/** Options of {@linkcode makeGroups}. */
export interface GroupOptions {
  /** C positions make a group. */
  readonly size: number;
  /** K: the nearest positions of a seed, itself included, that its group is drawn from; at least C where C > 1. */
  readonly neighborCount: number;
  /** Groups to make; default one for each position. */
  readonly nGroups?: number;
  readonly seed: number;
  /** Positions to use; default all. */
  readonly indices?: Int32Array;
  /** Allow more groups than positions, by several draws for each seed. Only where C > 1. Default false. */
  readonly oversample?: boolean;
  /** Name of the scan, for messages. */
  readonly source?: string;
  /** The first positions become seeds, in order, instead of drawn ones. Default false. */
  readonly sequential?: boolean;
}

/** Groups; g of them with C positions each. */
export interface Groups {
  readonly count: number;
  /** C. */
  readonly size: number;
  /** Indices of positions, shape [g, C]; the seed comes first, the others by distance from it. */
  readonly indices: Int32Array;
  /** Mean position of each group, in pixels, shape [g]. */
  readonly centersPx: PositionsPx;
  /** -(position - mean), (x, y) in pixels, shape [g, C, 2]. */
  readonly offsetsPx: Float32Array;
}

/**
 * Makes the groups; the same options give the same groups. Throws `DataError` where there are fewer positions
 * than C, `OptionError` where K < C and for more groups than positions without `oversample`.
 */
export function makeGroups(positions: PositionsPx, options: GroupOptions): Groups {
  const among = options.indices ?? Int32Array.from(positions.x, (_, i) => i);
  checkGroupOptions(among.length, options);
  const { size } = options;
  const seeds = chooseSeeds(among, options);
  const indices = size === 1 ? seeds : chooseMembers(positions, seeds, { ...options, among });
  return groupsOf(positions, { indices, size });
}

/** Groups of given members, `indices` of shape [g, size]. */
export function groupsOf(
  positions: PositionsPx,
  { indices, size }: { readonly indices: Int32Array; readonly size: number },
): Groups {
  return { count: indices.length / size, size, indices, ...relativeToMean(positions, indices, size) };
}

/** Groups of one size after each other, their indices in one numbering. */
export function joinGroups(parts: readonly Groups[]): Groups {
  const [first] = parts;
  if (parts.length === 1) return first;
  const flat = (pick: (part: Groups) => Iterable<number>) => parts.flatMap((part) => [...pick(part)]);
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    size: first.size,
    indices: Int32Array.from(flat(({ indices }) => indices)),
    centersPx: {
      x: Float64Array.from(flat(({ centersPx }) => centersPx.x)),
      y: Float64Array.from(flat(({ centersPx }) => centersPx.y)),
    },
    offsetsPx: Float32Array.from(flat(({ offsetsPx }) => offsetsPx)),
  };
}

/** The checks of {@linkcode makeGroups} alone, for use before any work. `n`: positions there are. */
export function checkGroupOptions(n: number, options: Omit<GroupOptions, "seed">): void {
  const { size, neighborCount, nGroups, oversample = false } = options;
  const refuse = (option: string, found: string, expected: string, remedy: string) => {
    throw new OptionError({ option, found, expected, remedy });
  };
  if (!Number.isInteger(size) || size < 1) refuse("size", `${size}`, "1, 2, 3, ...", "correct it");
  if (n < size) {
    throw new DataError({
      file: options.source ?? "scan",
      found: `${n} positions`,
      expected: `at least ${size} for a group`,
      remedy: "use a smaller gridsize or more positions",
    });
  }
  if (size > 1 && neighborCount < size) {
    const remedy = "raise neighborCount or lower gridsize";
    refuse("neighborCount", `${neighborCount}`, `at least ${size}, the patterns of a group`, remedy);
  }
  if (nGroups === undefined) return;
  if (!Number.isInteger(nGroups) || nGroups < 1) {
    refuse("nGroups", `${nGroups}`, "1, 2, 3, ...", "correct it");
  }
  if (nGroups > n && !oversample) {
    refuse("nGroups", `${nGroups}`, `at most the ${n} positions`, "lower it, or ask for oversampling");
  }
  if (nGroups > n && size === 1) {
    refuse(
      "oversample",
      "groups of one",
      "gridsize 2 or more",
      "groups of one position cannot be drawn twice",
    );
  }
}

/** Seeds in ascending order, all positions as often as the others (to one). */
function chooseSeeds(among: Int32Array, options: GroupOptions): Int32Array {
  const n = among.length;
  const wanted = options.nGroups ?? n;
  const rest = wanted % n;
  const random = new Random(options.seed, "group seeds");
  const extra = options.sequential || rest === 0
    ? Int32Array.from({ length: rest }, (_, i) => i)
    : random.choose(n, rest);
  const out = new Int32Array(wanted);
  for (let i = 0; i < wanted - rest; i++) out[i] = among[i % n];
  for (let i = 0; i < rest; i++) out[wanted - rest + i] = among[extra[i]];
  return out;
}

/** The seed and C - 1 of its K - 1 other neighbours, without replacement, nearest first. */
function chooseMembers(
  positions: PositionsPx,
  seeds: Int32Array,
  { among, size, neighborCount, seed }: GroupOptions & { among: Int32Array },
): Int32Array {
  const count = Math.min(neighborCount, among.length);
  const neighbours = nearestNeighbours(positions, seeds, { count, among });
  const random = new Random(seed, "group members");
  const out = new Int32Array(seeds.length * size);
  for (let g = 0; g < seeds.length; g++) {
    out[g * size] = seeds[g];
    for (let k = 1, taken = 1; taken < size; k++) {
      if ((count - k) * random.uniform() >= size - taken) continue;
      out[g * size + taken++] = neighbours[g * count + k];
    }
  }
  return out;
}

function relativeToMean(
  positions: PositionsPx,
  indices: Int32Array,
  size: number,
): Pick<Groups, "centersPx" | "offsetsPx"> {
  const count = indices.length / size;
  const centersPx = { x: new Float64Array(count), y: new Float64Array(count) };
  const offsetsPx = new Float32Array(indices.length * 2);
  for (let g = 0; g < count; g++) {
    let x = 0;
    let y = 0;
    for (let c = 0; c < size; c++) {
      x += positions.x[indices[g * size + c]];
      y += positions.y[indices[g * size + c]];
    }
    centersPx.x[g] = x /= size;
    centersPx.y[g] = y /= size;
    for (let i = g * size; i < (g + 1) * size; i++) {
      offsetsPx[2 * i] = x - positions.x[indices[i]];
      offsetsPx[2 * i + 1] = y - positions.y[indices[i]];
    }
  }
  return { centersPx, offsetsPx };
}
