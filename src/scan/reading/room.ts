/**
 * Patterns that cannot be read in place must fit into memory.
 *
 * @module
 */
import { machine } from "../../host/mod.ts";
import type { Npz } from "../../formats/mod.ts";
import type { Findings, StackLayout } from "./contract.ts";

/** From here on, what is held in memory is worth a line. */
const NOTABLE_BYTES = 2 ** 30;
/** Memory budget if the free memory is unknown. */
const FALLBACK_BYTES = 2 ** 33;

/** Notes or refuses a stack that has to be held: compressed, in Fortran order, or with the pattern index last. */
export function checkMemory(npz: Npz, { key, transposed }: StackLayout, findings: Findings): void {
  const { bytes, inPlace, dtype } = npz.entry(key);
  if (inPlace && !transposed) return;
  // inflated or reordered once, and turned (as float32) besides
  const turned = transposed ? bytes * 4 / itemBytes(dtype) : 0;
  const needed = bytes + turned;
  const free = machine.freeMemory();
  const room = Number.isFinite(free) ? free : FALLBACK_BYTES;
  const why = transposed ? "the pattern index comes last" : "the array is compressed or in Fortran order";
  const remedy = "save it as (n, N, N), uncompressed and in C order (numpy.savez): then it is read in place";
  if (needed > room) {
    findings.problem(
      key,
      `${gib(needed)} that must be held in memory, as ${why}`,
      `at most the ${gib(room)} that are free`,
      remedy,
    );
  } else if (needed > NOTABLE_BYTES) {
    findings.note(`${key}: ${gib(needed)} are held in memory, as ${why}; ${remedy}`);
  }
}

function itemBytes(dtype: string): number {
  return dtype === "bool" ? 1 : Number(/\d+$/.exec(dtype)?.[0] ?? 32) / 8;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toPrecision(3)} GiB`;
}
