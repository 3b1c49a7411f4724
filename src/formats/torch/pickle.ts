/**
 * Values of a pickle, without running it: an interpreter of the opcodes that PyTorch and dill write for plain values.
 *
 * A pickle is a program. Here a global is a name and never an import, and nothing is called but what the caller makes of
 * the names that it knows. Dictionaries become Maps, lists and tuples arrays. Opcodes and their order are those of
 * pickle protocol 2 to 5 (Python library reference, `pickletools`).
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";

/** An object whose class nobody here knows, or need know. */
class Opaque {
  constructor(readonly name: string) {}
}

/** A class or function by name, `collections.OrderedDict`. */
class Global {
  constructor(readonly name: string) {}
}

/** Options of {@linkcode decodePickle}. */
export interface PickleOptions {
  /** For messages. */
  readonly file: string;
  readonly key: string;
  /** Makes the value of a call of a known name, else undefined. */
  readonly call?: (name: string, args: readonly unknown[]) => unknown;
  /** Makes the value of a persistent id. */
  readonly persistent?: (id: unknown) => unknown;
  /** Calls of unknown names give an {@linkcode Opaque}. Default false: they are refused. */
  readonly opaque?: boolean;
}

const MARK = Symbol("mark");
const MOST_VALUES = 4_000_000;
const PROTOCOLS = { oldest: 2, newest: 5 };

/**
 * Returns the value of a pickle. Throws `DataError` with the name of an opcode or global that is not allowed, and for
 * damaged bytes.
 */
export function decodePickle(bytes: Uint8Array, options: PickleOptions): unknown {
  return new Machine(bytes, options).run();
}

class Machine {
  readonly #view: DataView;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;

  constructor(private readonly bytes: Uint8Array, private readonly options: PickleOptions) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): unknown {
    for (let steps = 0; steps < MOST_VALUES; steps++) {
      const opcode = this.#take(1)[0];
      if (opcode === 0x2e) return this.#pop(); // STOP
      const act = OPCODES[opcode];
      if (!act) {
        throw this.refuse(
          `the opcode 0x${opcode.toString(16)} at byte ${this.#at - 1}`,
          "plain values and tensors",
        );
      }
      act(this);
    }
    throw this.refuse(`more than ${MOST_VALUES} steps`, "the weights of a model");
  }

  refuse(
    found: string,
    expected: string,
    remedy = "save the state_dict of the model anew with torch.save",
  ): DataError {
    const { file, key } = this.options;
    return new DataError({ file, key, found, expected, remedy });
  }

  #take(count: number): Uint8Array {
    if (count < 0 || this.#at + count > this.bytes.length) {
      throw this.refuse("a pickle that is cut short", "a whole one");
    }
    this.#at += count;
    return this.bytes.subarray(this.#at - count, this.#at);
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  #pop(): unknown {
    if (this.#stack.length === 0) {
      throw this.refuse("a pickle that takes more values than it has", "a whole one");
    }
    return this.#stack.pop();
  }

  pops(count: number): unknown[] {
    return Array.from({ length: count }, () => this.#pop()).reverse();
  }

  top(): unknown {
    const value = this.#pop();
    this.push(value);
    return value;
  }

  /** The values after the last mark. */
  marked(): unknown[] {
    const from = this.#stack.lastIndexOf(MARK);
    if (from < 0) throw this.refuse("a pickle without a mark", "a whole one");
    const values = this.#stack.splice(from);
    return values.slice(1);
  }

  number(count: 1 | 2 | 4): number {
    this.#take(count);
    const at = this.#at - count;
    return count === 1
      ? this.#view.getUint8(at)
      : count === 2
      ? this.#view.getUint16(at, true)
      : this.#view.getUint32(at, true);
  }

  long(count: number): number | bigint {
    const value = BigInt.asIntN(
      8 * count,
      this.#take(count).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
    );
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  double(): number {
    this.#take(8);
    return this.#view.getFloat64(this.#at - 8);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.#take(length));
  }

  binary(length: number): Uint8Array {
    return this.#take(length).slice();
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.#at);
    const text = this.text(end < 0 ? this.bytes.length : end - this.#at);
    this.#take(1);
    return text;
  }

  memoize(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw this.refuse(`no value ${index} to go back to`, "a whole pickle");
    this.push(this.#memo.get(index));
  }

  append(values: readonly unknown[]): void {
    const list = this.top();
    if (Array.isArray(list)) { for (const value of values) list.push(value); }
    else if (!(list instanceof Opaque)) throw this.refuse("items for what is no list", "a whole pickle");
  }

  setItems(values: readonly unknown[]): void {
    const table = this.top();
    if (table instanceof Opaque) return;
    if (!(table instanceof Map)) throw this.refuse("entries for what is no dictionary", "a whole pickle");
    for (let i = 0; i + 1 < values.length; i += 2) table.set(values[i], values[i + 1]);
  }

  call(): void {
    const [callee, args] = this.pops(2);
    if (!(callee instanceof Global) || !Array.isArray(args)) {
      if (callee instanceof Opaque && this.options.opaque) return this.push(callee);
      throw this.refuse("a call of what has no name", "plain values and tensors");
    }
    const { name } = callee;
    if (name === "collections.OrderedDict" && args.length === 0) return this.push(new Map());
    const value = this.options.call?.(name, args);
    if (value !== undefined) return this.push(value);
    if (!this.options.opaque) throw this.refuse(`an object of ${name}`, "plain values and tensors");
    this.push(new Opaque(name));
  }

  /** State of an object: that of an ordered dictionary is only its metadata. */
  build(): void {
    this.#pop();
    const object = this.top();
    if (!(object instanceof Map || object instanceof Opaque)) {
      throw this.refuse("a state for a plain value", "plain values and tensors");
    }
  }

  persistent(): void {
    const value = this.options.persistent?.(this.#pop());
    if (value === undefined) throw this.refuse("an object outside of the pickle", "plain values");
    this.push(value);
  }

  protocol(): void {
    const version = this.number(1);
    if (version < PROTOCOLS.oldest || version > PROTOCOLS.newest) {
      throw this.refuse(`pickle protocol ${version}`, `${PROTOCOLS.oldest} to ${PROTOCOLS.newest}`);
    }
  }

  global(): void {
    const name = this.line();
    this.push(new Global(`${name}.${this.line()}`));
  }

  stackGlobal(): void {
    this.push(new Global(this.pops(2).join(".")));
  }
}

/** A length of eight bytes; what is longer than memory is refused by the read that follows. */
const length8 = (m: Machine): number => m.number(4) + m.number(4) * 2 ** 32;

/** Opcodes by their byte; the names are those of `pickletools`. */
const OPCODES: Readonly<Record<number, (m: Machine) => void>> = {
  0x80: (m) => m.protocol(), // PROTO
  0x95: (m) => void length8(m), // FRAME
  0x28: (m) => m.push(MARK), // MARK
  0x7d: (m) => m.push(new Map()), // EMPTY_DICT
  0x5d: (m) => m.push([]), // EMPTY_LIST
  0x29: (m) => m.push([]), // EMPTY_TUPLE
  0x8f: (m) => m.push([]), // EMPTY_SET
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4a: (m) => m.push(m.long(4)), // BININT
  0x4b: (m) => m.push(m.number(1)), // BININT1
  0x4d: (m) => m.push(m.number(2)), // BININT2
  0x8a: (m) => m.push(m.long(m.number(1))), // LONG1
  0x47: (m) => m.push(m.double()), // BINFLOAT
  0x58: (m) => m.push(m.text(m.number(4))), // BINUNICODE
  0x8c: (m) => m.push(m.text(m.number(1))), // SHORT_BINUNICODE
  0x8d: (m) => m.push(m.text(length8(m))), // BINUNICODE8
  0x42: (m) => m.push(m.binary(m.number(4))), // BINBYTES
  0x43: (m) => m.push(m.binary(m.number(1))), // SHORT_BINBYTES
  0x8e: (m) => m.push(m.binary(length8(m))), // BINBYTES8
  0x71: (m) => m.memoize(m.number(1)), // BINPUT
  0x72: (m) => m.memoize(m.number(4)), // LONG_BINPUT
  0x94: (m) => m.memoize(), // MEMOIZE
  0x68: (m) => m.recall(m.number(1)), // BINGET
  0x6a: (m) => m.recall(m.number(4)), // LONG_BINGET
  0x74: (m) => m.push(m.marked()), // TUPLE
  0x85: (m) => m.push(m.pops(1)), // TUPLE1
  0x86: (m) => m.push(m.pops(2)), // TUPLE2
  0x87: (m) => m.push(m.pops(3)), // TUPLE3
  0x61: (m) => m.append(m.pops(1)), // APPEND
  0x65: (m) => m.append(m.marked()), // APPENDS
  0x90: (m) => m.append(m.marked()), // ADDITEMS
  0x73: (m) => m.setItems(m.pops(2)), // SETITEM
  0x75: (m) => m.setItems(m.marked()), // SETITEMS
  0x63: (m) => m.global(), // GLOBAL
  0x93: (m) => m.stackGlobal(), // STACK_GLOBAL
  0x51: (m) => m.persistent(), // BINPERSID
  0x52: (m) => m.call(), // REDUCE
  0x81: (m) => m.call(), // NEWOBJ
  0x62: (m) => m.build(), // BUILD
};
