/**
 * Shapes and element types of tensors.
 *
 * @module
 */

/** `c64` is an interleaved (re, im) pair of float32; shapes do not count the pair. */
export type DType = "f32" | "c64";

/** Shape, outermost axis first, and element type. */
export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Returns the number of elements. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Returns the number of float32 values: twice the elements where they are complex. */
export function wordsOf(type: TensorType): number {
  return sizeOf(type.shape) * (type.dtype === "c64" ? 2 : 1);
}

/** Returns the bytes in float32 storage. */
export function bytesOf(type: TensorType): number {
  return 4 * wordsOf(type);
}

/** Returns the number of planes, height and width, the last two axes. */
export function planesOf(shape: readonly number[]): [number, number, number] {
  const [height, width] = shape.slice(-2);
  return [sizeOf(shape) / (height * width), height, width];
}

/** Row-major strides in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/**
 * Returns the shape that numpy's rules broadcast both to. Throws {@linkcode ShapeError} where they do not fit.
 */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const m = a[axis - rank + a.length] ?? 1;
    const n = b[axis - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) throw new ShapeError(`shapes [${a}] and [${b}] do not broadcast`);
    return m === 1 ? n : m;
  });
}

/** `f32[2,3,64,64]`, for messages. */
export function describe(type: TensorType): string {
  return `${type.dtype}[${type.shape.join(",")}]`;
}

/** Two types are equal. */
export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && a.shape.length === b.shape.length &&
    a.shape.every((n, i) => n === b.shape[i]);
}

/** An operation was given tensors that it is not defined for. */
class ShapeError extends Error {
  override name = "ShapeError";
}

/** Throws {@linkcode ShapeError} with the message unless the condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ShapeError(message);
}

/** Returns the gradient rule of an op that is itself a gradient: second derivatives are not taken. */
export function noGradient(name: string): () => never {
  return () => {
    throw new ShapeError(`${name} has no gradient: second derivatives are not supported`);
  };
}
