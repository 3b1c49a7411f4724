/**
 * Element types of HDF5 in the words of npy.
 *
 * @module
 */
import type { NpyDType } from "../npy/npy.ts";

/** An element as it lies in the file. */
export interface Hdf5Element {
  readonly dtype: NpyDType;
  readonly littleEndian: boolean;
  readonly itemBytes: number;
}

/** What the library says of a type. */
interface TypeFacts {
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly littleEndian: boolean;
  readonly compound_type?: {
    readonly members: readonly (TypeFacts & { readonly name: string; readonly offset: number })[];
  };
}

/** Classes of HDF5 types (H5T_class_t). */
const CLASS = { integer: 0, float: 1, text: 3, compound: 6, enumeration: 8 } as const;

const INTEGERS: Readonly<Record<string, NpyDType>> = {
  i1: "int8",
  u1: "uint8",
  i2: "int16",
  u2: "uint16",
  i4: "int32",
  u4: "uint32",
  i8: "int64",
  u8: "uint64",
};
const FLOATS: Readonly<Record<number, NpyDType>> = { 2: "float16", 4: "float32", 8: "float64" };

/** The element, or undefined for types that are no numbers and no text. */
export function elementOf(facts: TypeFacts): Hdf5Element | undefined {
  const { size: itemBytes, littleEndian } = facts;
  const dtype = dtypeOf(facts);
  if (dtype === undefined) return undefined;
  const { compound_type: pair } = facts;
  return { dtype, itemBytes, littleEndian: pair ? pair.members[0].littleEndian : littleEndian };
}

function dtypeOf({ type, size, signed, compound_type: compound }: TypeFacts): NpyDType | undefined {
  switch (type) {
    case CLASS.integer:
      return INTEGERS[`${signed ? "i" : "u"}${size}`];
    case CLASS.float:
      return FLOATS[size];
    case CLASS.text:
      return "string";
    case CLASS.enumeration:
      // h5py makes an enumeration of one byte of booleans
      return size === 1 ? "bool" : undefined;
    case CLASS.compound:
      return complexOf(compound?.members ?? [], size);
    default:
      return undefined;
  }
}

/** h5py calls the parts r and i, MATLAB real and imag. */
function complexOf(
  members: readonly {
    readonly name: string;
    readonly type: number;
    readonly size: number;
    readonly offset: number;
  }[],
  size: number,
): NpyDType | undefined {
  const names = members.map(({ name }) => name).join();
  const [re, im] = members;
  const isPair = (names === "r,i" || names === "real,imag") && re.type === CLASS.float &&
    re.size === im.size &&
    re.offset === 0 && im.offset === re.size && size === 2 * re.size;
  if (!isPair) return undefined;
  return re.size === 4 ? "complex64" : re.size === 8 ? "complex128" : undefined;
}
