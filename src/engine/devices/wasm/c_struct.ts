/**
 * Argument structs of the C kernels: declared beside the operation that calls the kernel, compared with the C source by
 * a test, and packed by name.
 *
 * @module
 */
import { DeviceError, type Slice } from "../device.ts";

/** Type of one field: a pointer, a number, an array of them, or a struct. */
export type CField =
  | "pointer"
  | "int"
  | "float"
  | readonly ["pointer" | "int" | "float", number]
  | CStruct;

/** Fields of a struct in their order in C. All are 32 bits wide. */
export interface CStruct {
  readonly [field: string]: CField;
}

/** The value of a field. */
type CValue<F> = F extends "pointer" ? Slice
  : F extends "int" | "float" ? number
  : F extends readonly ["pointer", number] ? readonly Slice[]
  : F extends readonly [string, number] ? readonly number[]
  : F extends CStruct ? CValues<F>
  : never;

/** Values of all fields of a struct. */
export type CValues<S extends CStruct> = { readonly [K in keyof S]: CValue<S[K]> };

/** Values of the fields of any struct. */
export interface CArgs {
  readonly [field: string]: Slice | number | readonly Slice[] | readonly number[] | CArgs;
}

/** A 32-bit word of a packed struct. */
export type CWord =
  | { readonly type: "pointer"; readonly value: Slice }
  | { readonly type: "int" | "float"; readonly value: number };

/**
 * Declares a C kernel; what it returns makes calls of it. A call that lacks a field does not compile.
 *
 * @example
 * ```ts
 * const scale = cKernel("scale", { out: "pointer", words: "int", factor: "float" });
 * ```
 */
export function cKernel<const S extends CStruct>(kernel: string, struct: S) {
  return (args: CValues<S>) => ({ kernel, struct, args: args as CArgs });
}

/**
 * Returns the words of a struct in their order. Throws {@linkcode DeviceError} where names or lengths do not fit.
 */
export function packArgs(struct: CStruct, args: CArgs, kernel: string): CWord[] {
  for (const name of Object.keys(args)) {
    if (!(name in struct)) throw new DeviceError(`${kernel}: the kernel has no argument ${name}`);
  }
  return Object.entries(struct).flatMap(([name, field]) => {
    const value = args[name];
    if (value === undefined) throw new DeviceError(`${kernel}: the argument ${name} is missing`);
    if (typeof field === "string") return [wordOf(field, value, `${kernel}: ${name}`)];
    if (!isArray(field)) return packArgs(field, value as CArgs, `${kernel}: ${name}`);
    const [type, length] = field;
    const values = Array.isArray(value) ? value : [];
    if (values.length !== length) {
      throw new DeviceError(`${kernel}: ${name} has ${length} values, not ${values.length}`);
    }
    return values.map((one) => wordOf(type, one, `${kernel}: ${name}`));
  });
}

function isArray(field: CField): field is readonly ["pointer" | "int" | "float", number] {
  return Array.isArray(field);
}

function wordOf(type: "pointer" | "int" | "float", value: unknown, name: string): CWord {
  const isNumber = typeof value === "number";
  if (isNumber === (type === "pointer")) throw new DeviceError(`${name} is no ${type}`);
  return { type, value } as CWord;
}
