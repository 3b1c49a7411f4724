/**
 * What the page and its thread of computing say to each other.
 *
 * @module
 */
import type { FieldInfo } from "../src/config/mod.ts";
import type { ObjectView } from "../src/image/mod.ts";
import type { SolverEpoch, Verdict } from "../src/solver/mod.ts";

/** A setting without its schema, which does not travel between threads. */
export type PlainField = Omit<FieldInfo, "schema">;

/** How the object is found: by the solver with its settings, or with the network over the image as well. */
export type Method = "solver" | "network";

/** From the page. */
export type Request =
  | {
    readonly kind: "open";
    readonly source: File | string;
    /** Texts of the settings of reading that are not at their defaults, by key. */
    readonly reading: Readonly<Record<string, string>>;
  }
  | { readonly kind: "example"; readonly name: string }
  | {
    readonly kind: "start";
    readonly method: Method;
    /** Texts of the settings that are not at their defaults, by key. */
    readonly settings: Readonly<Record<string, string>>;
    /** Go on from the present result. */
    readonly goOn: boolean;
  }
  | { readonly kind: "stop" }
  | { readonly kind: "show"; readonly view: ObjectView }
  | { readonly kind: "pattern"; readonly index: number }
  | { readonly kind: "save"; readonly format: "npz" | "png" };

/** A rendered image with its colour bar. */
export interface Picture {
  readonly bitmap: ImageBitmap;
  /** Quantity and unit. */
  readonly label: string;
  /** Colours from the lowest value to the highest, 3 bytes each. */
  readonly colours: Uint8Array;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  /** Common factor of the marks. */
  readonly factor?: string;
  readonly pixelSizeM?: number;
}

/** What is known of a scan. */
export interface ScanFacts {
  readonly name: string;
  readonly patterns: number;
  readonly size: number;
  readonly meanCounts: number;
  readonly pixelSizeM?: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Adaptations to the file, and what may make a wrong image. */
  readonly notes: readonly string[];
}

/** From the thread. */
export type Report =
  | {
    readonly kind: "ready";
    readonly fields: readonly PlainField[];
    /** Settings of reading a scan. */
    readonly reading: readonly PlainField[];
    readonly examples: readonly string[];
    readonly version: string;
  }
  | { readonly kind: "device"; readonly name: string }
  | { readonly kind: "scan"; readonly facts: ScanFacts }
  | { readonly kind: "progress"; readonly phase: string; readonly done: number; readonly total: number }
  | { readonly kind: "epoch"; readonly epoch: SolverEpoch }
  | { readonly kind: "object"; readonly picture: Picture; readonly title: string }
  | { readonly kind: "probe"; readonly picture: Picture }
  | { readonly kind: "pattern"; readonly picture: Picture; readonly index: number; readonly counts: number }
  | { readonly kind: "verdict"; readonly verdict: Verdict; readonly lines: readonly string[] }
  | { readonly kind: "done"; readonly interrupted: boolean; readonly canGoOn: boolean }
  | { readonly kind: "file"; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "failed"; readonly during: Request["kind"]; readonly message: string };
