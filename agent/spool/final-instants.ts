/**
 * final-instants: which clock the open readings of one boot are sealed under, and their instants by it.
 *
 * - Rows of the present boot use the offset that was trusted at its newest commit, else the one that is trusted now.
 * - Rows of an earlier boot use the newest offset that was trusted in that boot. Where there never was one, the boot
 *   is taken to end where the present one began, and its readings are suspect.
 * - The clock generation moves on wherever an instant could come twice (stamp.ts).
 * - All that decides about trusted rows stands with them or came before them. So a spool that a power cut rolled back
 *   gives the same rows the same instants again, in whatever boot, and the collector knows them for what it has.
 */
import type { Frame, SampleFrame } from "../../protocol/index.ts";
import type { Generation } from "./meta.ts";
import { decodeOpenRow, isSound, type OpenPart, type OpenRow } from "./open-row.ts";
import type { SpoolFile } from "./spool-file.ts";
import { GENERATIONS, type StampGrid, stampAll } from "./stamp.ts";

/** The clock of the present boot. */
export interface SealClock {
  readonly boot: string;
  /** wall - monotonic: trusted, or an estimate that makes its readings suspect. */
  readonly offset: number;
  readonly suspect: boolean;
}

/** Rows of one boot, in order. */
export interface BootRows {
  readonly boot: string;
  readonly parts: readonly OpenPart[];
  /** Has the first of them no offset: did the boot begin without a trusted clock, where they are its first rows? */
  readonly beganUntrusted: boolean;
}

interface BootClock {
  /** wall - monotonic in microseconds. */
  readonly offset: number;
  readonly suspect: boolean;
}

/** Samples of one sensor whose instants are final, in the order of measuring. */
export interface SensorFrames {
  readonly grid: StampGrid;
  /** Their instants were the device's or file's own: the sampler has put into windows what belongs there. */
  readonly isDevice: boolean;
  readonly frames: readonly SampleFrame[];
}

/** @param rows of one catalog. */
export function stampParts(spool: SpoolFile, rows: BootRows, grids: readonly StampGrid[], request: SealClock): SensorFrames[] {
  const { boot, parts } = rows;
  const bySensor = Map.groupBy(parts.filter(isSamples), ({ sensor, stamp }) => `${sensor} ${stamp}`);
  const stamps = spool.meta.json<Record<string, readonly [at: number, generation: number]>>("stamps", {});
  const clock = clockOf(spool, boot, request);
  const generation = moveGeneration(spool, rows, clock, newestOf(stamps));
  const sensors = [...bySensor.values()].map((ofSensor) => {
    const { sensor, stamp } = ofSensor[0] as SamplePart;
    const grid = grids[sensor] ?? { sensor: String(sensor), every: undefined, phase: 0 };
    const [lastAt, lastGeneration] = stamps[grid.sensor] ?? [0, generation];
    const stamped = stampSensor(ofSensor, clock, generation, grid, lastGeneration === generation ? lastAt : 0);
    if (stamped.last > 0) stamps[grid.sensor] = [stamped.last, generation];
    return { grid, isDevice: stamp === "device", frames: stamped.frames };
  });
  spool.meta.set("stamps", JSON.stringify(stamps));
  return sensors;
}

function stampSensor(parts: readonly SamplePart[], clock: BootClock, generation: number, grid: StampGrid, from: number) {
  let last = from;
  let before: { readonly part: SamplePart; readonly at: Float64Array } | undefined;
  const frames = parts.map((part) => {
    if (part.stamp === "device") return part.frame;
    const at =
      before !== undefined && isSameFrame(before.part, part) ? before.at : stampAll(part.frame.at, clock.offset, generation, grid, last);
    last = at.at(-1) ?? last;
    before = { part, at };
    return clock.suspect ? suspected({ ...part.frame, at }) : { ...part.frame, at };
  });
  return { frames, last };
}

/** Two parts of one frame, cut because it had more channels than fit in one: their instants are the same ones. */
function isSameFrame(before: SamplePart, part: SamplePart): boolean {
  const lastSeries = before.frame.columns.at(-1)?.series ?? 0;
  const firstSeries = part.frame.columns[0]?.series ?? 0;
  const { at } = part.frame;
  return firstSeries > lastSeries && before.frame.at.length === at.length && before.frame.at.every((instant, i) => instant === at[i]);
}

function clockOf(spool: SpoolFile, boot: string, request: SealClock): BootClock {
  if (boot === request.boot) {
    const offset = newestOffset(spool, boot);
    return offset === undefined ? request : { offset, suspect: false };
  }
  const before = spool.meta.json<Generation | undefined>("generation", undefined);
  const known = knownOffset(spool, boot) ?? (before?.boot === boot && !before.suspect ? before.offset : undefined);
  return known === undefined ? { offset: request.offset - newestInstant(spool, boot), suspect: true } : { offset: known, suspect: false };
}

/** What was trusted at the newest commit of the present boot; one look, however long the rows had to wait. */
function newestOffset(spool: SpoolFile, boot: string): number | undefined {
  const row = spool.db.prepare("SELECT * FROM journal WHERE boot = ? ORDER BY id DESC LIMIT 1").get(boot) as OpenRow | undefined;
  return row !== undefined && isSound(row) ? (row.offset ?? undefined) : undefined;
}

function knownOffset(spool: SpoolFile, boot: string): number | undefined {
  const rows = spool.db.prepare('SELECT * FROM journal WHERE boot = ? AND "offset" IS NOT NULL ORDER BY id DESC');
  for (const row of rows.iterate(boot) as IterableIterator<OpenRow>) if (isSound(row)) return row.offset ?? undefined;
  return undefined;
}

/** The last instant of a boot in the journal, in microseconds since that boot. */
function newestInstant(spool: SpoolFile, boot: string): number {
  const rows = spool.db.prepare("SELECT * FROM journal WHERE boot = ? ORDER BY id DESC").iterate(boot);
  for (const row of rows as IterableIterator<OpenRow>) {
    const taken = (decodeOpenRow(row) ?? []).filter((part) => part.stamp === "boot");
    if (taken.length > 0) return Math.max(...taken.map((part) => part.frame.at.at(-1) ?? 0));
  }
  return 0;
}

/** The generation for these rows: one more where the clock may show an instant that was stamped before. */
function moveGeneration(
  spool: SpoolFile,
  { boot, parts, beganUntrusted }: BootRows,
  { offset, suspect }: BootClock,
  newestStamp: number,
): number {
  const before = spool.meta.json<Generation>("generation", { number: 0, boot, offset, suspect });
  const oldest = parts.reduce((least, part) => (part.stamp === "boot" ? Math.min(least, part.frame.at[0] ?? least) : least), Infinity);
  const isBack = before.boot === boot ? offset < before.offset : suspect || beganUntrusted || oldest + offset <= newestStamp;
  const number = isBack ? (before.number + 1) % GENERATIONS : before.number;
  spool.meta.set("generation", JSON.stringify({ number, boot, offset, suspect } satisfies Generation));
  return number;
}

function newestOf(stamps: Readonly<Record<string, readonly [at: number, generation: number]>>): number {
  return Object.values(stamps).reduce((newest, [at]) => Math.max(newest, at), 0);
}

type SamplePart = OpenPart & { readonly frame: SampleFrame };

function isSamples(part: OpenPart): part is SamplePart {
  return (part.frame satisfies Frame).form === "samples";
}

/** Every good value becomes suspect: its instant is a guess. */
function suspected(frame: SampleFrame): SampleFrame {
  const columns = frame.columns.map((column) => {
    const quality = column.quality?.map((code) => Math.max(code, 1)) ?? new Uint8Array(column.values.length).fill(1);
    return { ...column, quality };
  });
  return { ...frame, columns };
}
