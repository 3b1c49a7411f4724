/**
 * The order of what is handed to the GPU: a run and the reads of its results go in one command buffer and one submission.
 *
 * @module
 */
import type { GpuPrepared } from "./prepared.ts";
import type { Staging } from "./staging.ts";

/** Runs that may be unfinished when another is enqueued. */
const RUNS_IN_FLIGHT = 2;

/**
 * Submissions of one device.
 *
 * Encoded commands wait until the running piece of JavaScript ends or something else has to come after it, so that
 * copies of results join the run that makes them.
 */
export class Submissions {
  readonly #device: GPUDevice;
  #open: { readonly encoder: GPUCommandEncoder; readonly submitted: Promise<void> } | undefined;
  #resolve: (() => void) | undefined;
  #fences: Promise<void>[] = [];
  #count = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Command buffers submitted so far. */
  get count(): number {
    return this.#count;
  }

  /** Encodes a run; it starts a command buffer of its own. */
  run(prepared: GpuPrepared): void {
    this.flush();
    prepared.encode(this.#encoder().encoder);
  }

  /** Copies part of a buffer out, after everything that was enqueued before. */
  async read(
    staging: Staging,
    source: { buffer: GPUBuffer; offset: number; bytes: number },
  ): Promise<Float32Array> {
    const target = staging.take(source.bytes);
    const { encoder, submitted } = this.#encoder();
    encoder.copyBufferToBuffer(source.buffer, source.offset, target, 0, source.bytes);
    await submitted;
    return await staging.contents(target, source.bytes);
  }

  /** Submits what is encoded: writes and releases of memory have to come after it. */
  flush(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    this.#count++;
    try {
      this.#device.queue.submit([open.encoder.finish()]);
    } finally {
      this.#resolve?.();
    }
  }

  /** Resolves when at most {@linkcode RUNS_IN_FLIGHT} of the calls of this method are unfinished. */
  async ready(): Promise<void> {
    this.flush();
    this.#fences.push(this.#device.queue.onSubmittedWorkDone());
    while (this.#fences.length > RUNS_IN_FLIGHT) await this.#fences.shift();
  }

  /** Resolves when everything is done. */
  async finish(): Promise<void> {
    this.flush();
    this.#fences = [];
    await this.#device.queue.onSubmittedWorkDone();
  }

  #encoder() {
    if (!this.#open) {
      const submitted = new Promise<void>((resolve) => this.#resolve = resolve);
      this.#open = { encoder: this.#device.createCommandEncoder(), submitted };
      const mine = this.#open;
      queueMicrotask(() => {
        if (this.#open === mine) this.flush();
      });
    }
    return this.#open;
  }
}
