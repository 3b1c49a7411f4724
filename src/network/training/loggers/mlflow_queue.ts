/**
 * Queue of reports to MLflow, in order, and the file that keeps it when the run is over.
 *
 * @module
 */
import { isRecord } from "../../../common/mod.ts";
import { base64, bytesOfBase64 } from "../../../host/mod.ts";

/** A number of a moment; `value` is a text where JSON has no number for it. */
export interface Metric {
  readonly key: string;
  readonly value: number | "NaN" | "Infinity" | "-Infinity";
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
}

/** Something to send. */
export type MlflowOperation =
  | { readonly kind: "parameters"; readonly parameters: readonly { key: string; value: string }[] }
  | { readonly kind: "metrics"; readonly metrics: readonly Metric[] }
  /** A file, read when it is sent, or the bytes of a picture. */
  | { readonly kind: "artifact"; readonly name: string; readonly path?: string; readonly bytes?: Uint8Array }
  | { readonly kind: "end"; readonly status: "FINISHED" | "FAILED" | "KILLED"; readonly time: number };

/** The server takes this many metrics and parameters in one call. */
export const LARGEST_BATCH = Object.freeze({ metrics: 1000, parameters: 100 });
/** Numbers of single steps are dropped beyond this many that wait: a server may be away for days. */
const MOST_WAITING = 200_000;

/** First in, first out; metrics that follow one another become one call. */
export class MlflowQueue {
  readonly #waiting: MlflowOperation[] = [];
  #metrics = 0;
  #dropped = 0;

  /** Numbers of single steps that were dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  get waiting(): readonly MlflowOperation[] {
    return this.#waiting;
  }

  get first(): MlflowOperation | undefined {
    return this.#waiting[0];
  }

  /** Adds an operation. A file that waits already is sent once, as it is then. */
  add(operation: MlflowOperation): void {
    if (operation.kind === "artifact" && operation.path !== undefined) {
      const same = this.#waiting.findIndex((one, i) =>
        i > 0 && one.kind === "artifact" && one.name === operation.name
      );
      if (same > 0) this.#waiting.splice(same, 1);
    }
    if (operation.kind === "metrics") this.#metrics += operation.metrics.length;
    this.#waiting.push(operation);
  }

  /** Adds numbers; `dispensable` ones may be dropped where too many wait. */
  addMetrics(metrics: readonly Metric[], { dispensable }: { dispensable: boolean }): void {
    if (dispensable && this.#metrics >= MOST_WAITING) {
      this.#dropped += metrics.length;
      return;
    }
    const last = this.#waiting.at(-1);
    // the first one may be under way
    const room = this.#waiting.length > 1 && last?.kind === "metrics" &&
      last.metrics.length + metrics.length <= LARGEST_BATCH.metrics;
    if (!room) return this.add({ kind: "metrics", metrics: [...metrics] });
    this.#waiting[this.#waiting.length - 1] = { kind: "metrics", metrics: [...last.metrics, ...metrics] };
    this.#metrics += metrics.length;
  }

  /** Takes the first one away: it was sent, or never will be. */
  shift(): void {
    const first = this.#waiting.shift();
    if (first?.kind === "metrics") this.#metrics -= first.metrics.length;
  }
}

/** `812 numbers, 3 files`. */
export function describeWaiting(operations: readonly MlflowOperation[]): string {
  const numbers = operations.reduce((sum, one) => sum + (one.kind === "metrics" ? one.metrics.length : 0), 0);
  const files = operations.filter(({ kind }) => kind === "artifact").length;
  const settings = operations.some(({ kind }) => kind === "parameters") ? ["the settings"] : [];
  const counts = [`${numbers} numbers`, `${files} files`].filter((text) => !text.startsWith("0 "));
  return [...settings, ...counts].join(", ") || "the end of the run";
}

/** Returns operations as JSON; bytes in base64. */
export function toJson(operations: readonly MlflowOperation[]): unknown[] {
  return operations.map((one) =>
    one.kind === "artifact" && one.bytes ? { ...one, bytes: base64(one.bytes) } : one
  );
}

/** Reverses {@linkcode toJson}; entries that are none are passed over. */
export function fromJson(values: unknown): MlflowOperation[] {
  if (!Array.isArray(values)) return [];
  return values.flatMap((value): MlflowOperation[] => {
    if (!isRecord(value)) return [];
    if (value.kind === "artifact" && typeof value.bytes === "string") {
      return [{ ...value, bytes: bytesOfBase64(value.bytes) } as MlflowOperation];
    }
    const known = ["parameters", "metrics", "artifact", "end"].some((kind) => kind === value.kind);
    return known ? [value as unknown as MlflowOperation] : [];
  });
}
