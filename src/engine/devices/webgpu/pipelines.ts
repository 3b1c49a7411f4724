/**
 * Compiled kernels, each made once.
 *
 * @module
 */
import type { GpuCall, Shader } from "../calls.ts";
import { DeviceError } from "../device.ts";
import { type ParamStruct, paramStruct } from "./params.ts";
import { compileModule } from "./shader_module.ts";

/** Names of files, for messages and as a key. */
function nameOf(shaders: readonly Shader[]): string {
  return shaders.map(({ name }) => name).join("+");
}

/** Key of the pipeline of a call. */
function pipelineKey({ shaders, entry, constants = {}, buffers }: GpuCall): string {
  const names = Object.keys(constants).sort();
  return [nameOf(shaders), entry, buffers.length, ...names.map((n) => `${n}=${constants[n]}`)].join(" ");
}

/** Pipelines, modules and layouts of one device. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #modules = new Map<string, Promise<GPUShaderModule>>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #storage = new Map<number, GPUBindGroupLayout>();
  readonly #layouts = new Map<number, GPUPipelineLayout>();
  readonly #params = new Map<string, ParamStruct>();
  /** Layout of group 1: the parameters. */
  readonly uniformLayout: GPUBindGroupLayout;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.uniformLayout = device.createBindGroupLayout({
      entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: "uniform" } }],
    });
  }

  /** Pipelines compiled so far. */
  get size(): number {
    return this.#pipelines.size;
  }

  /** The pipeline of a call, compiled if it is new. */
  get(call: GpuCall): Promise<GPUComputePipeline> {
    const key = pipelineKey(call);
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.#compile(call);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  /** The parameter struct that a kernel's files declare. */
  params(shaders: readonly Shader[]): ParamStruct {
    const name = nameOf(shaders);
    let struct = this.#params.get(name);
    if (!struct) {
      struct = paramStruct(shaders);
      this.#params.set(name, struct);
    }
    return struct;
  }

  /** Layout of group 0 with that many storage buffers. */
  storageLayout(buffers: number): GPUBindGroupLayout {
    let layout = this.#storage.get(buffers);
    if (!layout) {
      layout = this.#device.createBindGroupLayout({
        entries: Array.from({ length: buffers }, (_, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: "storage" as const },
        })),
      });
      this.#storage.set(buffers, layout);
    }
    return layout;
  }

  async #compile(call: GpuCall): Promise<GPUComputePipeline> {
    const shader = await this.#module(call.shaders);
    try {
      return await this.#device.createComputePipelineAsync({
        label: call.entry,
        layout: this.#layout(call.buffers.length),
        compute: { module: shader, entryPoint: call.entry, constants: { ...call.constants } },
      });
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      const constants = JSON.stringify(call.constants ?? {});
      const where = `${call.entry} of ${nameOf(call.shaders)}`;
      throw new DeviceError(`${where} cannot be built with ${constants}: ${cause.message}`, { cause });
    }
  }

  #module(shaders: readonly Shader[]): Promise<GPUShaderModule> {
    const name = nameOf(shaders);
    let shader = this.#modules.get(name);
    if (!shader) {
      shader = compileModule(this.#device, name, shaders.map(({ code }) => code).join("\n"));
      this.#modules.set(name, shader);
    }
    return shader;
  }

  #layout(buffers: number): GPUPipelineLayout {
    let layout = this.#layouts.get(buffers);
    if (!layout) {
      layout = this.#device.createPipelineLayout({
        bindGroupLayouts: [this.storageLayout(buffers), this.uniformLayout],
      });
      this.#layouts.set(buffers, layout);
    }
    return layout;
  }
}
