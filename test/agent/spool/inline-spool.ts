/**
 * inline-spool: a real spool without its thread, so that a manual clock sees all that follows from a call.
 *
 * `fault` stands for a disk that is full at this moment: calls that write are refused with it while it is set.
 */
import type { Method } from "../../../agent/spool/main.ts";
import { type Opened, SpoolService } from "../../../agent/spool/service.ts";
import type { Spool } from "../../../agent/spool/spool.ts";
import { type Catalog, epochMicros, type Fault, type Random } from "../../../protocol/index.ts";
import { NEW_YEAR_2026 } from "../../support/manual-clock.ts";
import { CATALOG, gridsOf } from "./spool-world.ts";

export interface InlineSpool {
  readonly spool: Spool;
  readonly service: SpoolService;
  readonly opened: Opened;
  fault: Fault | undefined;
}

const WRITING: readonly Method[] = ["commit", "seal", "acked", "reconcile", "reseal", "resendCatalog"];

export function inlineSpool(path: string, random: Random, { maxSize = 1e8, catalog = CATALOG as Catalog } = {}): InlineSpool {
  const service = new SpoolService(random);
  const opened = service.open({ path, maxSize, keepFree: 0, catalog, grids: gridsOf(false), now: epochMicros(NEW_YEAR_2026) });
  const spool = new Proxy({} as Spool, {
    get:
      (_, method: Method) =>
      async (...args: unknown[]) => {
        if (inline.fault !== undefined && WRITING.includes(method)) throw inline.fault;
        const run = service[method] as (...args: unknown[]) => unknown;
        return run.apply(service, args);
      },
  });
  const inline: InlineSpool = { spool, service, opened, fault: undefined };
  return inline;
}
