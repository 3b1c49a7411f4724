/**
 * Names that calls of kernels carry, against the structs in the kernels' own files. Needs no device.
 *
 * @module
 */
import { deepEqual, equal, throws } from "node:assert/strict";
import type { GpuCall, WasmCall } from "../../src/engine/devices/calls.ts";
import type { Slice } from "../../src/engine/devices/device.ts";
import { cKernel, type CStruct, packArgs } from "../../src/engine/devices/wasm/c_struct.ts";
import { packParams, paramStruct } from "../../src/engine/devices/webgpu/params.ts";
import type { Op } from "../../src/engine/graph/graph.ts";
import type { Lower } from "../../src/engine/graph/lowering.ts";
import { bytesOf } from "../../src/engine/graph/types.ts";
import { OPS } from "../../src/engine/ops/registry.ts";
import { filesUnder, read } from "../repo/modules.ts";
import { SAMPLE_LIMITS, SAMPLE_NODES, UNSAMPLED } from "./sample_nodes.ts";

/** All calls of all samples, planned by `lower`. */
function callsOf<Call>(lower: (op: Op<unknown>) => Lower<unknown, Call>): Call[] {
  return SAMPLE_LIMITS.flatMap((limits) =>
    SAMPLE_NODES.flatMap(({ op: name, inputs, attrs }) => {
      const op = OPS[name] as Op<unknown>;
      const output = op.infer(inputs, attrs);
      const lowered = lower(op)({ attrs, inputs, output }, limits);
      const slice = (bytes: number): Slice => ({ buffer: { bytes, label: "sample" }, byteOffset: 0, bytes });
      const calls: readonly Call[] = lowered.calls({
        in: inputs.map((type) => slice(bytesOf(type))),
        out: slice(bytesOf(output)),
        scratch: slice(lowered.scratchBytes ?? 0),
        packed: slice(lowered.packedBytes ?? 0),
      });
      return calls;
    })
  );
}

const wasmCalls = callsOf<WasmCall>(({ lower }) => lower.wasm);
const gpuCalls = callsOf<GpuCall>(({ lower }) => lower.webgpu);

const C = filesUnder("wasm", [".c", ".h"]).filter((path) => !path.includes(".build"));
const sources = C.map((path) => read(path).replace(/^.*filled in by setup.*$/gm, ""));
const code = sources.map((source) => source.replace(/\/\/.*$/gm, "")).join("\n");

/** Value of a constant or a number in the C sources. */
function lengthOf(text: string): number {
  return Number(/^\d+$/.test(text) ? text : new RegExp(`\\b${text} = (\\d+)`).exec(code)?.[1]);
}

/** A struct of the C sources; the one in the same file where several have the name. */
function cStruct(name: string, near: string): CStruct {
  const pattern = new RegExp(`typedef struct \\{([^}]*)\\} ${name};`);
  const body = (pattern.exec(near) ?? pattern.exec(code))?.[1];
  if (body === undefined) throw new Error(`the C sources have no struct ${name}`);
  return Object.fromEntries(
    body.replace(/\/\/.*$/gm, "").split(";").map((line) => line.trim()).filter(Boolean).flatMap((line) => {
      const [, type, rest] = /^(?:const )?(\w+)\s+([\s\S]*)$/.exec(line)!;
      return rest.split(",").map((declared) => {
        const [, pointer, field, sizes] = /^\s*(\*?)(\w+)((?:\[\w+\])*)$/.exec(declared)!;
        const lengths = [...sizes.matchAll(/\[(\w+)\]/g)].map(([, length]) => lengthOf(length));
        const scalar = pointer ? "pointer" : type === "int" || type === "float" ? type : undefined;
        if (!scalar) return [field, cStruct(type, near)] as const;
        const length = lengths.reduce((product, n) => product * n, 1);
        return [field, lengths.length > 0 ? [scalar, length] as const : scalar] as const;
      });
    }),
  );
}

/** Argument structs of all C kernels by the name of the kernel. */
const kernels = new Map(
  sources.flatMap((source) =>
    [...source.matchAll(/^KERNEL\((\w+), (\w+)\)/gm)].map(([, name, args]) =>
      [name, cStruct(args, source)] as const
    )
  ),
);

/** A struct as text, in which the order of the fields shows. */
const text = (struct: CStruct | undefined) => JSON.stringify(struct);

Deno.test("the samples call every operation, every C kernel and every WGSL entry point", () => {
  deepEqual(UNSAMPLED, []);
  deepEqual([...new Set(wasmCalls.map(({ kernel }) => kernel))].sort(), [...kernels.keys()].sort());
  const entries = filesUnder("kernels", [".wgsl"]).flatMap((path) =>
    [...read(path).matchAll(/@compute[^\n]*\s+fn (\w+)/g)].map(([, name]) => name)
  );
  deepEqual([...new Set(gpuCalls.map(({ entry }) => entry))].sort(), entries.sort());
});

Deno.test("calls of C kernels carry the fields of the kernel's struct, in its order", () => {
  for (const { kernel, struct, args } of wasmCalls) {
    equal(text(struct), text(kernels.get(kernel)), kernel);
    packArgs(struct, args, kernel);
  }
});

Deno.test("calls of WGSL kernels carry the fields of the kernel's struct", () => {
  for (const call of gpuCalls) {
    const struct = paramStruct(call.shaders);
    packParams(new DataView(new ArrayBuffer(4 * struct.words)), struct, call);
  }
});

Deno.test("a missing, an unknown and a swapped name of a C kernel are found", () => {
  const [fill] = wasmCalls.filter(({ kernel }) => kernel === "fill");
  const { value: _, ...missing } = fill.args;
  throws(() => packArgs(fill.struct, missing, "fill"), /fill: the argument value is missing/);
  throws(() => packArgs(fill.struct, { ...fill.args, count: 1 }, "fill"), /fill: .* no argument count/);
  const swapped = cKernel("fill", { out: "pointer", value: "float", words: "int" })({
    out: fill.args.out as Slice,
    value: 0,
    words: 1,
  });
  equal(text(swapped.struct) === text(kernels.get("fill")), false);
});

Deno.test("a missing and an unknown name of a WGSL kernel are found, and order does not matter", () => {
  const [call] = gpuCalls.filter(({ entry }) => entry === "max_pool");
  const struct = paramStruct(call.shaders);
  const pack = (params: GpuCall["params"]) => {
    const buffer = new ArrayBuffer(4 * struct.words);
    packParams(new DataView(buffer), struct, { ...call, params });
    return [...new Uint32Array(buffer)];
  };
  const { rows: _, ...missing } = call.params;
  throws(() => pack(missing), /max_pool: the parameter rows is missing/);
  throws(() => pack({ ...call.params, row: 1 }), /max_pool: the kernel has no parameter row/);
  deepEqual(pack(Object.fromEntries(Object.entries(call.params).reverse())), pack(call.params));
});
