/**
 * delivery: the collector's side of the delivery rules, as one pure step: state and event in, effects out.
 *
 * Pure means: no I/O, no clock, no randomness. It changes its own state only. What it decides (rules 5 and 6 of
 * protocol/SPEC.md): a batch is judged by its header and verified hash before it is opened; the same content
 * again is a resend and acked again; other content under a known seq is a conflict; nothing is acked before the
 * commit that holds it. Data beats a gap in either order of arrival, unless the gap names other content. Who may say
 * hello under an agent's name is judged by `devices.ts` (rule 8), and what no hello named is not taken.
 */
import {
  type Answer,
  type BatchHeader,
  type CatalogHash,
  catalogRef,
  type EpochId,
  type Gap,
  type Hello,
  type HelloAckEpoch,
  LIMITS,
  type NackCode,
  type SeqRange,
  type Standing,
} from "../../protocol/index.ts";
import { type Holder, isNamed, judgeDevice } from "./devices.ts";
import { Ledger } from "./ledger.ts";

export type IngestEvent =
  | { readonly kind: "batch"; readonly agent: string; readonly header: BatchHeader; readonly busy: boolean }
  /** These are durable now. */
  | { readonly kind: "committed"; readonly entries: readonly CommittedEntry[] }
  | { readonly kind: "commit_failed"; readonly entries: readonly CommittedEntry[] }
  /** `random`: 8 bytes as hex, for a new token. */
  | { readonly kind: "hello"; readonly agent: string; readonly hello: Hello; readonly random: string };

export interface CommittedEntry {
  readonly agent: string;
  readonly header: BatchHeader;
  /** Its content could not be read; it is kept raw. */
  readonly unreadable: boolean;
  /** Of a gap batch: what it declares, as `takeGaps` left it. */
  readonly gaps: readonly Gap[];
  /** Of a catalog batch. */
  readonly catalog: CatalogHash | undefined;
}

export type IngestEffect =
  /** Open it and commit it with the next group; then say `committed`. */
  | { readonly kind: "admit" }
  /** The same batch is being committed: its answer goes out with that commit. */
  | { readonly kind: "join" }
  | { readonly kind: "answer"; readonly agent: string; readonly answer: Answer }
  | {
      readonly kind: "greet";
      readonly agent: string;
      readonly session: string;
      readonly standing: Standing;
      /** Has to be durable before the answer goes. */
      readonly holder: Holder;
      /** Another device than before holds the name now. */
      readonly isTakenOver: boolean;
      readonly epochs: readonly HelloAckEpoch[];
      readonly missingCatalogs: readonly CatalogHash[];
    };

export interface IngestState {
  /** By agent, then epoch. */
  readonly ledgers: Map<string, Map<EpochId, Ledger>>;
  /** References of the catalogs of each agent that are durable: data that overtakes its catalog has to come again. */
  readonly catalogs: Map<string, Set<string>>;
  /** Which device has the name of an agent. */
  readonly holders: Map<string, Holder>;
  /**
   * Agents whose holder said hello since this collector began. Before that nothing is taken: where it was restored from a
   * backup, a broker may still have batches of a device that held the name after it.
   */
  readonly greeted: Set<string>;
  /** It hears what another collector judges: whom that one lets in, sends. */
  readonly isReplica: boolean;
}

export function newIngest(isReplica = false): IngestState {
  return { ledgers: new Map(), catalogs: new Map(), holders: new Map(), greeted: new Set(), isReplica };
}

export function step(state: IngestState, event: IngestEvent): IngestEffect[] {
  switch (event.kind) {
    case "batch":
      return [judge(state, event.agent, event.header, event.busy)];
    case "committed":
      return event.entries.map((entry) => settle(state, entry));
    case "commit_failed":
      return event.entries.map((entry) => {
        ledgerOf(state, entry.agent, entry.header.epoch).forget(entry.header.seq);
        return answer(entry.agent, entry.header, "busy");
      });
    case "hello":
      return [greet(state, event.agent, event.hello, event.random)];
  }
}

/** @param ranges what is known of an old ledger when it is made here for the first time. */
export function ledgerOf(state: IngestState, agent: string, epoch: EpochId, ranges: readonly SeqRange[] = []): Ledger {
  const ofAgent = state.ledgers.get(agent) ?? new Map<EpochId, Ledger>();
  state.ledgers.set(agent, ofAgent);
  const known = ofAgent.get(epoch);
  if (known !== undefined) return known;
  const ledger = new Ledger(agent, epoch, ranges);
  ofAgent.set(epoch, ledger);
  return ledger;
}

export function catalogsOf(state: IngestState, agent: string): Set<string> {
  const known = state.catalogs.get(agent) ?? new Set<string>();
  state.catalogs.set(agent, known);
  return known;
}

/** Is the epoch known, or has the agent not used up its epochs? */
export function hasPlaceForEpoch(state: IngestState, agent: string, epoch: EpochId): boolean {
  const ledgers = state.ledgers.get(agent);
  return ledgers === undefined || ledgers.has(epoch) || ledgers.size < LIMITS.epochsPerAgent;
}

/**
 * Of the gaps that a batch declares those that may be committed with it: of epochs that are known, or that the holder
 * named. Others would be streams that nobody ever sealed into. From here on these epochs count as the agent's.
 */
export function takeGaps(state: IngestState, agent: string, gaps: readonly Gap[]): Gap[] {
  return gaps.filter(({ epoch }) => {
    const isKnown = state.ledgers.get(agent)?.has(epoch) ?? false;
    if (!isKnown && !(isHolders(state, agent, epoch) && hasPlaceForEpoch(state, agent, epoch))) return false;
    ledgerOf(state, agent, epoch);
    return true;
  });
}

function judge(state: IngestState, agent: string, header: BatchHeader, busy: boolean): IngestEffect {
  const { epoch } = header;
  if (!isHolders(state, agent, epoch) || !hasPlaceForEpoch(state, agent, epoch)) return answer(agent, header, "denied");
  const known = state.ledgers.get(agent)?.get(epoch)?.lookUp(header.seq); // what is not admitted gets no ledger
  if (known?.as === "data" && known.hash === header.hash) return answer(agent, header, undefined);
  if (!state.greeted.has(agent) && !state.isReplica) return answer(agent, header, "denied");
  if (known?.as === "data") return answer(agent, header, "conflict");
  if (known?.as === "gap" && (known.hash ?? header.hash) !== header.hash) return answer(agent, header, "conflict");
  if (known?.as === "committing") return known.hash === header.hash ? { kind: "join" } : answer(agent, header, "conflict");
  if (busy) return answer(agent, header, "busy");
  if (header.count > LIMITS.readingsPerBatch) return answer(agent, header, "too_big");
  if (header.kind === "data" && isCatalogComing(catalogsOf(state, agent), header)) return answer(agent, header, "catalog");
  ledgerOf(state, agent, epoch).begin(header.seq, header.hash);
  return { kind: "admit" };
}

function isHolders({ holders, isReplica }: IngestState, agent: string, epoch: EpochId): boolean {
  return isReplica || isNamed(holders.get(agent), epoch);
}

/** Whose agent has used up its catalogs is taken as it is, and kept raw: asked for its catalog it would send that for ever. */
function isCatalogComing(known: ReadonlySet<string>, { catalog }: BatchHeader): boolean {
  return !known.has(catalog) && known.size < LIMITS.catalogsPerAgent;
}

function settle(state: IngestState, { agent, header, unreadable, gaps, catalog }: CommittedEntry): IngestEffect {
  ledgerOf(state, agent, header.epoch).settle(header.seq, { as: "data", hash: header.hash });
  if (catalog !== undefined) catalogsOf(state, agent).add(catalogRef(catalog));
  for (const { epoch, seq, hash: lost } of gaps) {
    const ledger = ledgerOf(state, agent, epoch);
    if (ledger.lookUp(seq) === undefined) ledger.settle(seq, { as: "gap", hash: lost });
  }
  return answer(agent, header, unreadable ? "quarantined" : undefined);
}

function greet(state: IngestState, agent: string, hello: Hello, random: string): IngestEffect {
  const known = catalogsOf(state, agent);
  const ledgers = state.ledgers.get(agent); // an epoch that is only asked for gets no ledger
  const before = state.isReplica ? undefined : state.holders.get(agent); // its own tokens reach nobody
  const { standing, holder } = judgeDevice(before, hello, ledgers ?? new Map(), random);
  state.holders.set(agent, holder);
  const about = { kind: "greet", agent, session: hello.session, standing, holder } as const;
  if (standing === "denied") return { ...about, isTakenOver: false, epochs: [], missingCatalogs: [] };
  state.greeted.add(agent);
  return {
    ...about,
    isTakenOver: before !== undefined && before.fingerprint !== holder.fingerprint,
    epochs: hello.epochs.map(({ epoch }) => ({ epoch, ranges: ledgers?.get(epoch)?.ranges.list(LIMITS.rangesPerEpoch) ?? [] })),
    missingCatalogs: hello.catalogs.filter((hash) => !known.has(catalogRef(hash))),
  };
}

function answer(agent: string, { epoch, seq, hash }: BatchHeader, nack: NackCode | undefined): IngestEffect {
  return { kind: "answer", agent, answer: nack === undefined ? { epoch, seq, hash } : { epoch, seq, hash, nack } };
}
