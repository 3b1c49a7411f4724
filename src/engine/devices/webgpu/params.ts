/**
 * Uniform parameters of the WGSL kernels, packed by the `struct Params` of the kernel's own text.
 *
 * @module
 */
import type { GpuCall, GpuParams, Shader } from "../calls.ts";
import { DeviceError } from "../device.ts";

/** A field of a parameter struct. */
export interface ParamField {
  readonly name: string;
  readonly type: "u32" | "i32" | "f32";
  /** First word, and number of words. */
  readonly word: number;
  readonly words: number;
}

/** The fields of a parameter struct, and its size in words. */
export interface ParamStruct {
  readonly fields: readonly ParamField[];
  readonly words: number;
}

const SCALAR = /^[uif]32$/;
/** `array<vec4u, 10>`: the one kind of array that uniforms hold here. */
const VECTORS = /^array<vec4([uif]),\s*(\d+)>$/;

/** Finds `struct Params` in the text of a kernel. Throws {@linkcode DeviceError} for what it cannot lay out. */
export function paramStruct(shaders: readonly Shader[]): ParamStruct {
  const names = shaders.map(({ name }) => name).join(" + ");
  const code = shaders.map((shader) => shader.code).join("\n").replace(/\/\/[^\n]*/g, "");
  const body = /struct Params \{([^}]*)\}/.exec(code)?.[1];
  if (body === undefined) throw new DeviceError(`${names}: no file declares struct Params`);
  const aliases = new Map(
    [...code.matchAll(/alias (\w+) = ([^;]+);/g)].map(([, name, type]) => [name, type]),
  );
  let words = 0;
  const fields = [...body.matchAll(/(\w+):\s*(\w+<[^>]*>|\w+)/g)].map(([, name, written]): ParamField => {
    const type = aliases.get(written) ?? written;
    const vectors = VECTORS.exec(type);
    if (!vectors && !SCALAR.test(type)) {
      throw new DeviceError(`${names}: the parameter ${name} is a ${type}, not a number or an array of vec4`);
    }
    const word = vectors ? 4 * Math.ceil(words / 4) : words; // vectors start at multiples of 16 bytes
    const length = vectors ? 4 * Number(vectors[2]) : 1;
    words = word + length;
    return { name, type: (vectors ? `${vectors[1]}32` : type) as ParamField["type"], word, words: length };
  });
  return { fields, words };
}

/** Writes the parameters of a call. Throws {@linkcode DeviceError} where names or lengths do not fit the struct. */
export function packParams(
  view: DataView,
  { fields }: ParamStruct,
  { entry, params }: Pick<GpuCall, "entry" | "params">,
): void {
  for (const name of Object.keys(params)) {
    if (!fields.some((field) => field.name === name)) {
      throw new DeviceError(`${entry}: the kernel has no parameter ${name}`);
    }
  }
  for (const field of fields) {
    for (const [i, value] of valuesOf(params, field, entry).entries()) {
      const at = 4 * (field.word + i);
      if (field.type === "f32") view.setFloat32(at, value, true);
      // Bit patterns are the same for signed and unsigned integers, so indices up to 2^32 - 1 fit too.
      else view.setUint32(at, value, true);
    }
  }
}

function valuesOf(params: GpuParams, { name, words }: ParamField, entry: string): readonly number[] {
  const value = params[name];
  if (value === undefined) throw new DeviceError(`${entry}: the parameter ${name} is missing`);
  const values = typeof value === "number" ? [value] : value;
  if (values.length !== words) {
    throw new DeviceError(`${entry}: ${name} has ${words} values, not ${values.length}`);
  }
  return values;
}
