/**
 * pty: two pseudo-terminals that are joined like the ends of a serial cable.
 */
import fs from "node:fs/promises";
import { needs } from "./needs.ts";
import { type Program, startProgram } from "./processes.ts";
import { tempDir } from "./temp-dir.ts";

export interface Cable extends AsyncDisposable {
  /** The end that the driver opens. */
  readonly port: string;
  /** The device's end. */
  readonly far: string;
  /** What the device says. */
  say(text: string | Uint8Array): Promise<void>;
  /** Pulls the cable out; the ports are gone. */
  unplug(): Promise<void>;
  /** Puts it in again, under the same names. */
  plug(): Promise<void>;
}

export async function cable(): Promise<Cable> {
  const socat = needs("socat");
  const dir = await tempDir();
  const [port, far] = [dir.join("port"), dir.join("far")];
  const ends = [port, far].map((link) => `pty,raw,echo=0,link=${link}`);
  let program: Program | undefined;
  const plug = async () => {
    program = await startProgram({ command: socat, args: ["-d", "-d", ...ends] });
    await program.line(/starting data transfer loop/);
  };
  const unplug = async () => void (await program?.kill("SIGTERM"));
  await plug();
  return {
    port,
    far,
    plug,
    unplug,
    async say(text) {
      const end = await fs.open(far, "w");
      await end.write(typeof text === "string" ? Buffer.from(text) : text);
      await end.close();
    },
    async [Symbol.asyncDispose]() {
      await unplug();
      await dir[Symbol.asyncDispose]();
    },
  };
}
