/**
 * Models in ONNX, the Open Neural Network Exchange: written in the wire format of protocol buffers.
 *
 * Field numbers are those of `onnx.proto` (ONNX 1.14, IR version 8).
 *
 * @module
 */
import { BinaryWriter, WireType } from "../deps/bufbuild_protobuf.ts";

/** A constant of a graph: float32 or int64. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** An attribute: a whole number, some of them, or text. */
export type OnnxAttribute = number | readonly number[] | string;

/** One operation. */
export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or output, float32; axes whose length is free have a name. */
export interface OnnxPort {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** A whole model. */
export interface OnnxModel {
  readonly name: string;
  readonly producer: { readonly name: string; readonly version: string };
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly metadata: Readonly<Record<string, string>>;
}

const IR_VERSION = 8;
const FLOAT = 1, INT64 = 7;
const ATTRIBUTE = { int: 2, string: 3, ints: 7 } as const;

/** Returns the bytes of an `.onnx` file. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const out = new BinaryWriter();
  int(out, 1, IR_VERSION);
  text(out, 2, model.producer.name);
  text(out, 3, model.producer.version);
  message(out, 7, () => {
    for (const node of model.nodes) message(out, 1, () => writeNode(out, node));
    text(out, 2, model.name);
    for (const tensor of model.constants) message(out, 5, () => writeTensor(out, tensor));
    for (const port of model.inputs) message(out, 11, () => writePort(out, port));
    for (const port of model.outputs) message(out, 12, () => writePort(out, port));
  });
  message(out, 8, () => {
    text(out, 1, "");
    int(out, 2, model.opset);
  });
  for (const [key, value] of Object.entries(model.metadata)) {
    message(out, 14, () => {
      text(out, 1, key);
      text(out, 2, value);
    });
  }
  return out.finish();
}

function writeNode(out: BinaryWriter, { type, inputs, outputs, attributes = {} }: OnnxNode): void {
  for (const name of inputs) text(out, 1, name);
  for (const name of outputs) text(out, 2, name);
  text(out, 3, outputs[0]);
  text(out, 4, type);
  for (const [name, value] of Object.entries(attributes)) {
    message(out, 5, () => writeAttribute(out, name, value));
  }
}

function writeAttribute(out: BinaryWriter, name: string, value: OnnxAttribute): void {
  text(out, 1, name);
  if (typeof value === "number") int(out, 3, value);
  else if (typeof value === "string") text(out, 4, value);
  else for (const one of value) int(out, 8, one);
  int(
    out,
    20,
    typeof value === "number" ? ATTRIBUTE.int : typeof value === "string" ? ATTRIBUTE.string : ATTRIBUTE.ints,
  );
}

function writeTensor(out: BinaryWriter, { name, shape, data }: OnnxTensor): void {
  for (const length of shape) int(out, 1, length);
  int(out, 2, data instanceof Float32Array ? FLOAT : INT64);
  text(out, 8, name);
  out.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writePort(out: BinaryWriter, { name, shape }: OnnxPort): void {
  text(out, 1, name);
  message(out, 2, () =>
    message(out, 1, () => {
      int(out, 1, FLOAT);
      message(out, 2, () => {
        for (const length of shape) {
          message(out, 1, () => typeof length === "number" ? int(out, 1, length) : text(out, 2, length));
        }
      });
    }));
}

function message(out: BinaryWriter, field: number, write: () => void): void {
  out.tag(field, WireType.LengthDelimited).fork();
  write();
  out.join();
}

function text(out: BinaryWriter, field: number, value: string): void {
  out.tag(field, WireType.LengthDelimited).string(value);
}

function int(out: BinaryWriter, field: number, value: number): void {
  out.tag(field, WireType.Varint).int64(value);
}
