/**
 * Weights of the image network in files: an NPZ with an array for each name and a card of what they were trained on.
 *
 * @module
 */
import { readImageNetworkFile, type SourceLike } from "../../host/mod.ts";
import { encodeNpz, type NpzArrays, openNpz, textArray, toFloat32 } from "../../formats/mod.ts";
import type { ImageWeights } from "./apply.ts";

/** Key of the card. */
const CARD = "_card";

/** Weights with what is said of them. */
export interface ImageNetwork {
  readonly weights: ImageWeights;
  /** JSON text: scans, steps, seeds. */
  readonly card: string;
}

/** Encodes weights as the bytes of an NPZ file. */
export async function encodeImageNetwork({ weights, card }: ImageNetwork): Promise<Uint8Array> {
  const arrays: NpzArrays = Object.fromEntries(
    [...weights].map(([name, data]) => [name, { dtype: "float32", shape: [data.length], data } as const]),
  );
  return await encodeNpz({ ...arrays, [CARD]: textArray(card) });
}

/** Reads weights. Throws `DataError` for a file that is no NPZ. */
export async function readImageNetwork(source: SourceLike): Promise<ImageNetwork> {
  await using npz = await openNpz(source);
  const weights = new Map<string, Float32Array>();
  for (const { key: name } of npz.entries) {
    if (name !== CARD) weights.set(name, toFloat32(await npz.readArray(name)));
  }
  const card = npz.has(CARD) ? (await npz.readArray(CARD)).data : [];
  return { weights, card: String(card[0] ?? "") };
}

/** The network that comes with the program. */
export async function shippedImageNetwork(): Promise<ImageNetwork> {
  return await readImageNetwork(await readImageNetworkFile());
}
