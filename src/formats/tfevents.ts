/**
 * Event files as TensorBoard reads them: protocol buffers `Event` in TFRecord frames.
 *
 * Sources: tensorflow/core/lib/io/record_writer.h (frames, masked CRC-32C), tensorboard/compat/proto/event.proto,
 * summary.proto and tensor.proto (numbers of the fields).
 *
 * @module
 */
import { files, systemCode, type WritableFile } from "../host/mod.ts";
import { BinaryWriter, WireType } from "../deps/bufbuild_protobuf.ts";
import { Crc32, CRC_POLYNOMIALS } from "./crc32.ts";
import { DataError, messageOf } from "../common/mod.ts";

/** One value of a summary. */
export type SummaryValue =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly png: Uint8Array }
  | { readonly tag: string; readonly markdown: string };

/** One event: time, step and values. */
export interface TfEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  /** The first event of a file: `brain.Event:2`. */
  readonly fileVersion?: string;
  readonly summary?: readonly SummaryValue[];
  /** A resumed run: events of this step and later ones, in earlier files, do not count any more. */
  readonly sessionStart?: true;
}

const FILE_VERSION = "brain.Event:2";
const MASK_DELTA = 0xa282ead8;
const SESSION_START = 1;
const DT_STRING = 7;

/** The bytes of an `Event`. */
function encodeEvent({ wallTime, step, fileVersion, summary, sessionStart }: TfEvent): Uint8Array {
  const out = new BinaryWriter();
  out.tag(1, WireType.Bit64).double(wallTime);
  if (step !== undefined) out.tag(2, WireType.Varint).int64(step);
  if (fileVersion !== undefined) out.tag(3, WireType.LengthDelimited).string(fileVersion);
  if (summary !== undefined) {
    message(out, 5, () => summary.forEach((value) => message(out, 1, () => writeValue(out, value))));
  }
  if (sessionStart) message(out, 7, () => out.tag(1, WireType.Varint).int32(SESSION_START));
  return out.finish();
}

function writeValue(out: BinaryWriter, value: SummaryValue): void {
  text(out, 1, value.tag);
  if ("scalar" in value) out.tag(2, WireType.Bit32).float(value.scalar);
  else if ("png" in value) message(out, 4, () => writeImage(out, value.png));
  else {
    message(out, 9, () => message(out, 1, () => text(out, 1, "text"))); // metadata.plugin_data.plugin_name
    message(out, 8, () => {
      out.tag(1, WireType.Varint).int32(DT_STRING);
      message(out, 2, () => {}); // the shape of a single value
      text(out, 8, value.markdown);
    });
  }
}

/** Height, width and colours stand at fixed places of a PNG (IHDR). */
function writeImage(out: BinaryWriter, png: Uint8Array): void {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const channels = [1, 0, 3, 3, 2, 0, 4][png[25]];
  if (png.length < 33 || view.getUint32(0) !== 0x89504e47 || !channels) {
    throw new DataError({
      file: "picture",
      found: "bytes that are no PNG",
      expected: "a PNG",
      remedy: "encode the picture with encodePng",
    });
  }
  out.tag(1, WireType.Varint).int32(view.getUint32(20));
  out.tag(2, WireType.Varint).int32(view.getUint32(16));
  out.tag(3, WireType.Varint).int32(channels);
  out.tag(4, WireType.LengthDelimited).bytes(png);
}

function message(out: BinaryWriter, field: number, write: () => void): void {
  out.tag(field, WireType.LengthDelimited).fork();
  write();
  out.join();
}

function text(out: BinaryWriter, field: number, value: string): void {
  out.tag(field, WireType.LengthDelimited).string(value);
}

/** Puts records into frames: length, its checksum, bytes, their checksum. */
class RecordFramer {
  readonly #crc = new Crc32(CRC_POLYNOMIALS.castagnoli);

  /** The frame of a record. */
  frame(record: Uint8Array): Uint8Array {
    const out = new Uint8Array(record.length + 16);
    const view = new DataView(out.buffer);
    view.setBigUint64(0, BigInt(record.length), true);
    view.setUint32(8, this.#masked(out.subarray(0, 8)), true);
    out.set(record, 12);
    view.setUint32(12 + record.length, this.#masked(record), true);
    return out;
  }

  /** A checksum of checksums goes wrong where data holds checksums itself, so they are rotated and shifted. */
  #masked(bytes: Uint8Array): number {
    const crc = this.#crc.of(bytes);
    return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
  }
}

/** A file of events that grows; each event is in the file, whole, when `append` resolves. */
export interface EventFile extends AsyncDisposable {
  readonly path: string;
  append(event: TfEvent): Promise<void>;
  /** Waits until everything is on disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Begins an event file in a folder, which is made where it is missing. TensorBoard reads the files of a folder in the
 * order of their names, which begin with the time. Throws `DataError` where it cannot be written.
 */
export async function openEventFile(folder: string, { now = Date.now }: { now?: () => number } = {}): Promise<
  EventFile
> {
  const framer = new RecordFramer();
  const { file, path } = await create(folder, Math.floor(now() / 1000));
  let queue: Promise<void> = Promise.resolve();
  let open = true;
  const append = (event: TfEvent) => {
    const frame = framer.frame(encodeEvent(event));
    return queue = queue.then(() => file.write(frame));
  };
  const close = async () => {
    await queue.catch(() => undefined);
    if (open) file.close();
    open = false;
  };
  await append({ wallTime: now() / 1000, fileVersion: FILE_VERSION });
  const sync = async () => {
    await queue;
    await file.sync();
  };
  return { path, append, sync, close, [Symbol.asyncDispose]: close };
}

async function create(folder: string, seconds: number): Promise<{ file: WritableFile; path: string }> {
  for (let number = 0;; number++) {
    const path = `${folder}/events.out.tfevents.${String(seconds).padStart(10, "0")}.plica.${number}`;
    try {
      await files.makeFolder(folder);
      return { path, file: await files.create(path) };
    } catch (error) {
      if (systemCode(error) === "EEXIST" && number < 1000) continue;
      throw new DataError({
        file: path,
        found: messageOf(error),
        expected: "a place that can be written",
        remedy: "check its permissions and the free space",
        cause: error,
      });
    }
  }
}
