/**
 * load: a YAML file into a checked config, or one clear fault that says where, what and what to do.
 */
import type { z } from "zod";
import { Fault } from "../faults.ts";

/** Reads and checks `file` against `schema`. */
export async function loadConfig<T>(_file: string, _schema: z.ZodType<T>, _env: Readonly<Record<string, string | undefined>>): Promise<T> {
  throw new Fault("not_there_yet", "loadConfig is being written");
}
