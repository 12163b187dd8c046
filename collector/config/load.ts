/**
 * load: the collector's config, from its file or, for a first run, from nothing at all.
 */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { checkValue, Fault, loadConfig, type Variables } from "../../protocol/index.ts";
import type { CollectorConfig } from "./config.ts";
import { collectorSchema } from "./schema.ts";

/** Made by systemd (tmpfiles.d) for the control sockets of the services. */
const RUNTIME_FOLDER = "/run/tributary";
/** Of the service; taken where the command line names neither a file nor a folder, and it is there. */
const SERVICE_FILE = "/etc/tributary/collector.yaml";

/**
 * @param named undefined = the service's file where there is one, else every default. A file that is named must be there.
 * @param env variables of the config, and STATE_DIRECTORY, by which systemd names the service's data folder (systemd.exec(5)).
 * @param data folder of `--data`, over the file's.
 * @throws Fault of `loadConfig`: `config_missing`, `bad_yaml`, `bad_config` ...
 */
export async function loadCollectorConfig(named: string | undefined, env: Variables, data?: string): Promise<CollectorConfig> {
  const file = named ?? (data === undefined && existsSync(SERVICE_FILE) ? SERVICE_FILE : undefined);
  const [stateFolder] = (env.STATE_DIRECTORY ?? "").split(":").filter((folder) => folder !== "");
  const schema = collectorSchema({ file, data, runtimeFolder: await runtimeFolder(data), stateFolder });
  if (file !== undefined) return loadConfig(file, schema, env);
  const checked = await checkValue(schema, {});
  if (checked.problems === undefined) return checked.value;
  throw new Fault("bad_config", checked.problems.map(({ message }) => message).join("\n"), { hint: "choose a shorter --data DIR" });
}

/** A collector with a folder named on the command line keeps its socket there: it is not the service. */
async function runtimeFolder(data: string | undefined): Promise<string | undefined> {
  if (data !== undefined) return undefined;
  return stat(RUNTIME_FOLDER).then(
    (found) => (found.isDirectory() ? RUNTIME_FOLDER : undefined),
    () => undefined, // absent or not to be seen: then the socket cannot be there either
  );
}
