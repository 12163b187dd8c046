/**
 * open-batch: what an admitted batch says: gaps, a catalog, or readings with a verdict on each.
 */
import {
  type CatalogRef,
  catalogHash,
  catalogRef,
  decodeCatalog,
  decodeDataBody,
  decodeGaps,
  type EpochMicros,
  Fault,
  type Gap,
  LIMITS,
  openBody,
  type ParsedBatch,
} from "../../protocol/index.ts";
import type { ReceivedCatalog } from "./catalog-table.ts";
import type { Catalogs } from "./catalogs.ts";
import { catalogsOf, type IngestState, takeGaps } from "./delivery.ts";
import type { JournalEntry } from "./journal.ts";
import { validate } from "./validate.ts";

export type Opened = Pick<JournalEntry, "refused" | "gaps" | "catalog" | "totals">;

export const NOTHING_OPENED: Opened = { refused: [], gaps: [], catalog: undefined, totals: undefined };

export interface OpeningOptions {
  readonly catalogs: Catalogs;
  readonly state: IngestState;
  /** What is being committed. */
  readonly group: readonly JournalEntry[];
  /** Undefined while the collector's clock is not trusted. */
  readonly now: EpochMicros | undefined;
  /** Told of each reading and gap that is refused. */
  readonly count: (reason: string) => void;
}

/** @throws Fault where it cannot be read, or there are too many catalogs: then it is kept raw. */
export function openBatch(agent: string, parsed: ParsedBatch, options: OpeningOptions): Opened {
  const { header } = parsed;
  const body = openBody(parsed);
  if (header.kind === "gap") return { ...NOTHING_OPENED, gaps: openGaps(agent, body, options) };
  if (header.kind === "catalog") return { ...NOTHING_OPENED, catalog: openCatalog(agent, body, options) };
  const { totals, frames } = decodeDataBody(body, header.count);
  const catalog = options.catalogs.find(agent, header.catalog);
  if (catalog === undefined) throw tooManyCatalogs(agent); // or it would not have been admitted
  const refused = validate(frames, { series: catalog.rules, now: options.now });
  for (const { reason } of refused) options.count(reason);
  return { ...NOTHING_OPENED, totals, refused };
}

function openGaps(agent: string, body: Uint8Array, { state, count }: OpeningOptions): Gap[] {
  const gaps = decodeGaps(body);
  const taken = takeGaps(state, agent, gaps);
  for (let refused = taken.length; refused < gaps.length; refused++) count("unknown_epoch");
  return taken;
}

function openCatalog(agent: string, body: Uint8Array, { state, group }: OpeningOptions): ReceivedCatalog {
  const hash = catalogHash(body);
  const known = catalogsOf(state, agent);
  const isNearLimit = known.size + group.length >= LIMITS.catalogsPerAgent;
  if (isNearLimit && !hasPlaceForCatalog(new Set([...known, ...comingOf(agent, group)]), catalogRef(hash))) throw tooManyCatalogs(agent);
  return { hash, body, series: decodeCatalog(body) };
}

function hasPlaceForCatalog(known: ReadonlySet<string>, ref: CatalogRef): boolean {
  return known.has(ref) || known.size < LIMITS.catalogsPerAgent;
}

function comingOf(agent: string, group: readonly JournalEntry[]): CatalogRef[] {
  return group.flatMap((entry) => (entry.agent === agent && entry.catalog !== undefined ? [catalogRef(entry.catalog.hash)] : []));
}

function tooManyCatalogs(agent: string): Fault {
  return new Fault("too_many_catalogs", `${agent}: expected at most ${LIMITS.catalogsPerAgent} catalogs in its life, got another one`, {
    hint: "what comes under it is kept raw; give the agent a new name, under which it begins afresh",
  });
}
