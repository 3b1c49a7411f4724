/**
 * The calibrated network of scale 2 as an ONNX model with random weights: the few messages of the format that this takes,
 * written by hand (onnx.proto, IR version 8, operator set 13).
 *
 * @module
 */
const encoder = new TextEncoder();

type Field = readonly number[];

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value;; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push(rest % 128 + 128);
  }
}

const whole = (field: number, value: number): Field => [...varint(8 * field), ...varint(value)];

/** Bytes in chunks: weights are too large to be spread into an array. */
class Message {
  #parts: Uint8Array[] = [];

  add(...fields: readonly Field[]): this {
    this.#parts.push(...fields.map((field) => Uint8Array.from(field)));
    return this;
  }

  put(field: number, content: string | Uint8Array | Message): this {
    const bytes = typeof content === "string"
      ? encoder.encode(content)
      : content instanceof Message
      ? content.bytes()
      : content;
    this.add([...varint(8 * field + 2), ...varint(bytes.length)]);
    this.#parts.push(bytes);
    return this;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

type Attribute = number | string | readonly number[];

function attribute(name: string, value: Attribute): Message {
  const message = new Message().put(1, name);
  if (typeof value === "number") return message.add(whole(3, value), whole(20, 2));
  if (typeof value === "string") return message.put(4, value).add(whole(20, 3));
  return message.add(...value.map((one) => whole(8, one)), whole(20, 7));
}

function tensor(name: string, dims: readonly number[], data: Float32Array): Message {
  return new Message().add(...dims.map((n) => whole(1, n)), whole(2, 1))
    .put(8, name).put(9, new Uint8Array(data.buffer));
}

function valueInfo(name: string, dims: readonly number[]): Message {
  const shape = new Message();
  for (const n of dims) shape.put(1, new Message().add(whole(1, n)));
  const type = new Message().put(1, new Message().add(whole(1, 1)).put(2, shape));
  return new Message().put(1, name).put(2, type);
}

/** The model: input `x` [batch, 2, N, N], outputs `a` and `b` [batch, 1, N, N]. */
export function onnxNetwork({ batch, size }: { batch: number; size: number }): Uint8Array<ArrayBuffer> {
  const graph = new Message().put(2, "calibrated");
  let count = 0;
  const node = (
    op: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute>,
    as?: string,
  ) => {
    const output = as ?? `v${count++}`;
    const message = new Message();
    for (const input of inputs) message.put(1, input);
    message.put(2, output).put(4, op);
    for (const [name, value] of Object.entries(attributes)) message.put(5, attribute(name, value));
    graph.put(1, message);
    return output;
  };
  const convolve = (x: string, channels: number, outputs: number, as?: string) => {
    const name = `w${count++}`;
    const deviation = 1 / Math.sqrt(9 * channels);
    const weights = Float32Array.from(
      { length: outputs * channels * 9 },
      () => deviation * (2 * Math.random() - 1),
    );
    graph.put(5, tensor(name, [outputs, channels, 3, 3], weights));
    graph.put(5, tensor(`${name}b`, [outputs], new Float32Array(outputs)));
    return node("Conv", [x, name, `${name}b`], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, as);
  };
  const pair = (x: string, channels: number, outputs: number) => {
    const first = node("Relu", [convolve(x, channels, outputs)], {});
    return node("Relu", [convolve(first, outputs, outputs)], {});
  };
  graph.put(5, tensor("scales", [4], Float32Array.of(1, 1, 2, 2)));
  const skips: [string, number][] = [];
  let [x, channels] = ["x", 2];
  for (const width of [64, 128, 256]) {
    const skip = pair(x, channels, width);
    skips.unshift([skip, width]);
    [x, channels] = [node("MaxPool", [skip], { kernel_shape: [2, 2], strides: [2, 2] }), width];
  }
  for (const head of ["a", "b"]) {
    let [y, inputs] = [x, channels];
    for (const [level, width] of [128, 64, 32].entries()) {
      const [skip, skipWidth] = skips[level];
      const up = node("Resize", [pair(y, inputs, width), "", "scales"], {
        mode: "nearest",
        coordinate_transformation_mode: "asymmetric",
        nearest_mode: "floor",
      });
      [y, inputs] = [node("Concat", [up, skip], { axis: 1 }), width + skipWidth];
    }
    convolve(y, inputs, 1, head);
  }
  graph.put(11, valueInfo("x", [batch, 2, size, size]));
  for (const head of ["a", "b"]) graph.put(12, valueInfo(head, [batch, 1, size, size]));
  const operators = new Message().put(1, "").add(whole(2, 13));
  return new Message().add(whole(1, 8)).put(7, graph).put(8, operators).bytes();
}
