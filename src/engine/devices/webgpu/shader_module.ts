/**
 * Compiles WGSL, with messages that show the source.
 *
 * @module
 */
import { DeviceError } from "../device.ts";

/** Lines of source shown on either side of an error. */
const CONTEXT_LINES = 4;

/** Some lines of a source with their numbers, the named one marked. Line numbers start at 1. */
function numberedSource(source: string, line: number): string {
  const lines = source.split("\n");
  const first = Math.max(0, line - 1 - CONTEXT_LINES);
  return lines.slice(first, line + CONTEXT_LINES).map((text, i) => {
    const number = first + i + 1;
    return `${number === line ? ">" : " "}${String(number).padStart(5)} ${text}`;
  }).join("\n");
}

function compileError(name: string, source: string, messages: readonly GPUCompilationMessage[]): DeviceError {
  const parts = messages.filter((m) => m.type === "error").map((m) => {
    const summary = m.message.trim().split("\n")[0];
    return `${name}.wgsl, line ${m.lineNum}: ${summary}\n${numberedSource(source, m.lineNum)}`;
  });
  return new DeviceError(`the kernel ${name} does not compile on this GPU\n${parts.join("\n")}`);
}

/** Compiles a module's text. Throws {@linkcode DeviceError} with the compiler's messages and numbered source. */
export async function compileModule(device: GPUDevice, name: string, code: string): Promise<GPUShaderModule> {
  // The scope keeps the same message from arriving a second time as an uncaptured error.
  device.pushErrorScope("validation");
  const shader = device.createShaderModule({ label: name, code });
  const [info, scope] = await Promise.all([shader.getCompilationInfo(), device.popErrorScope()]);
  if (info.messages.some((m) => m.type === "error")) throw compileError(name, code, info.messages);
  if (scope) throw new DeviceError(`the kernel ${name} does not compile on this GPU: ${scope.message}`);
  return shader;
}
