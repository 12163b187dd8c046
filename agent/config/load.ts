/**
 * load: the agent's config file, read and checked as a whole with its drop-ins: beside `agent.yaml` the files
 * `agent.d/*.yaml`, in the order of their names.
 */
import { stat } from "node:fs/promises";
import { hostname } from "node:os";
import { parse } from "node:path";
import { dropInFiles, loadConfig, type Variables } from "../../protocol/index.ts";
import type { AgentConfig } from "./config.ts";
import { agentSchema } from "./schema.ts";

/** Made by systemd (tmpfiles.d) for the control sockets of the services. */
const RUNTIME_FOLDER = "/run/tributary";

/** @throws Fault of `loadConfig`: `config_missing`, `bad_yaml`, `bad_config` ... */
export async function loadAgentConfig(file: string, env: Variables): Promise<AgentConfig> {
  const runtimeFolder = await existing(RUNTIME_FOLDER);
  const dropIns = await dropInFiles(dropInFolder(file));
  return loadConfig(file, agentSchema({ file, hostname: hostname(), runtimeFolder, dropIns }), env, dropIns);
}

/** `/etc/tributary/agent.d` of `/etc/tributary/agent.yaml`. */
function dropInFolder(file: string): string {
  const { dir, name } = parse(file);
  return `${dir === "" ? "." : dir}/${name}.d`;
}

async function existing(folder: string): Promise<string | undefined> {
  return stat(folder).then(
    (found) => (found.isDirectory() ? folder : undefined),
    () => undefined, // absent or not to be seen: then the socket cannot be there either
  );
}
