/**
 * device-broker: a real Mosquitto on this machine, and its own publisher for what devices say.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import { freePort } from "./free-port.ts";
import { needs } from "./needs.ts";
import { type Program, startProgram } from "./processes.ts";
import { tempDir } from "./temp-dir.ts";

export interface DeviceBroker extends AsyncDisposable {
  readonly url: string;
  /** One message a line of `text`, in one connection. */
  publish(topic: string, text: string, more?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Resolves when the broker's log has a line like this. */
  logged(pattern: RegExp): Promise<unknown>;
}

/** @param config further lines of mosquitto.conf; `DIR` in them is a folder of the test. */
export async function deviceBroker(config = "allow_anonymous true", files: Readonly<Record<string, string>> = {}): Promise<DeviceBroker> {
  const [mosquitto, publisher] = [needs("mosquitto"), needs("mosquitto_pub")];
  const dir = await tempDir();
  await fs.chmod(dir.path, 0o755); // it gives up being root
  const port = await freePort(); // it takes no port 0
  for (const [name, text] of Object.entries(files)) await fs.writeFile(dir.join(name), text);
  const lines = [`listener ${port} 127.0.0.1`, "persistence false", "log_type all", config.replaceAll("DIR", dir.path)];
  await fs.writeFile(dir.join("mosquitto.conf"), `${lines.join("\n")}\n`);
  let program: Program | undefined;
  const start = async () => {
    program = await startProgram({ command: mosquitto, args: ["-c", dir.join("mosquitto.conf")] });
    await program.line(/mosquitto version .* running/);
  };
  const stop = async () => void (await program?.kill("SIGTERM"));
  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    start,
    stop,
    logged: async (pattern) => program?.line(pattern),
    async publish(topic, text, more = []) {
      const child = spawn(publisher, ["-h", "127.0.0.1", "-p", String(port), "-t", topic, "-l", ...more], {
        stdio: ["pipe", "ignore", "inherit"],
      });
      child.stdin.end(`${text}\n`);
      const [code] = await once(child, "close");
      if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}`);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await dir[Symbol.asyncDispose]();
    },
  };
}
