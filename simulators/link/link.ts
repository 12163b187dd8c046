/**
 * link: a TCP link with faults, between whoever connects to `listen` and the target `to`.
 *
 * - It is transparent until told otherwise: bytes, order, back-pressure and ends are those of the two sides.
 * - Faults come from `begin` (until its `end`), or by chance: each second for connections that are open, at their
 *   beginning for those that come. The same seed throws the same dice; what they meet depends on when clients connect.
 * - Memory is bounded: `MOST_CONNECTIONS`, and 1 MiB a direction of each.
 */
import net, { type AddressInfo } from "node:net";
import { type Clock, Fault, MICROS_PER_MS, MICROS_PER_SECOND, micros, type Timer } from "../../protocol/index.ts";
import { type Address, showAddress } from "./address.ts";
import { Connection } from "./connection.ts";
import { type LinkCounts, NOTHING } from "./counts.ts";
import type { FaultName, LinkFault } from "./faults.ts";

const MOST_CONNECTIONS = 10_000;
const SECOND = micros(MICROS_PER_SECOND);
const LISTEN_AGAIN = micros(200 * MICROS_PER_MS);

/** Faults that chance brings. `cut`, `reset`, `black_hole`: each second to each open connection; the others to new ones. */
export const CHANCE_NAMES = ["cut", "reset", "black_hole", "one_byte", "refuse", "double"] as const satisfies readonly FaultName[];
export type ChanceName = (typeof CHANCE_NAMES)[number];
export type Chances = Readonly<Partial<Record<ChanceName, number>>>;

export interface LinkOptions {
  readonly listen: Address;
  readonly to: Address;
  readonly clock: Clock;
  /** Uniform in [0, 1): from a seed, where it shall be had again. */
  fraction(): number;
  /** Probabilities, 0 to 1. */
  readonly chances?: Chances;
}

export interface OpenLink {
  /** Where it listens. */
  readonly address: Address;
  /** The fault holds for the whole link until `end` is called. */
  begin(fault: LinkFault): { end(): void };
  /** Faults of the whole link that hold now. */
  faults(): readonly LinkFault[];
  counts(): Readonly<LinkCounts> & { readonly open: number };
  /** Ends all connections. May be called twice. */
  close(): Promise<void>;
}

/** @throws Fault `cannot_listen`. */
export async function openLink(options: LinkOptions): Promise<OpenLink> {
  const link = new FaultyLink(options);
  await link.listen();
  return link;
}

class FaultyLink implements OpenLink {
  readonly #options: LinkOptions;
  readonly #server: net.Server;
  readonly #connections = new Set<Connection>();
  readonly #faults = new Set<LinkFault>();
  readonly #counts: LinkCounts = { ...NOTHING };
  #changed = Promise.withResolvers<void>();
  #address: Address;
  #isClosed = false;
  #dice: Timer | undefined;
  #again: Timer | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#address = options.listen;
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#accept(near));
  }

  get address(): Address {
    return this.#address;
  }

  async listen(): Promise<void> {
    const { host, port } = this.#address;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(port, host, () => resolve(void this.#server.removeListener("error", reject)));
    }).catch((cause: NodeJS.ErrnoException) => {
      throw new Fault("cannot_listen", `${showAddress(this.#address)}: expected to listen there, got ${cause.code}`, {
        hint: "choose another address, or port 0 for any free one",
        cause,
      });
    });
    this.#address = { host, port: (this.#server.address() as AddressInfo).port };
    this.#server.on("error", () => this.#listenLater());
    if (Object.keys(this.#options.chances ?? {}).length > 0) this.#throwDice();
  }

  begin(fault: LinkFault): { end(): void } {
    const active = { ...fault }; // the same may hold twice
    this.#faults.add(active);
    if (fault.fault === "cut" || fault.fault === "reset") this.#strikeAll(fault.fault);
    this.#settle();
    return {
      end: () => {
        this.#faults.delete(active);
        this.#settle();
      },
    };
  }

  faults(): readonly LinkFault[] {
    return [...this.#faults];
  }

  counts(): Readonly<LinkCounts> & { readonly open: number } {
    return { open: this.#connections.size, ...this.#counts };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#dice?.cancel();
    this.#again?.cancel();
    for (const connection of this.#connections) connection.cut();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: net.Socket): void {
    const { clock, fraction, to } = this.#options;
    this.#counts.connections += 1;
    const connection = new Connection({
      near,
      target: to,
      clock,
      fraction,
      counts: this.#counts,
      faults: () => this.#faults,
      changed: () => this.#changed.promise,
      onClosed: () => void this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    const isTooMany = this.#connections.size > MOST_CONNECTIONS;
    if (isTooMany || this.#hits("refuse")) {
      this.#counts.refused += 1;
      return connection.reset();
    }
    for (const fault of ["cut", "reset"] as const) if (this.#holds(fault)) return this.#strike(connection, fault);
    for (const fault of ["one_byte", "double"] as const) if (this.#hits(fault)) connection.add({ fault });
    connection.open();
  }

  #holds(name: FaultName): boolean {
    return this.faults().some(({ fault }) => fault === name);
  }

  #hits(name: ChanceName): boolean {
    const chance = this.#options.chances?.[name] ?? 0;
    return chance > 0 && this.#options.fraction() < chance;
  }

  #strike(connection: Connection, fault: "cut" | "reset"): void {
    this.#counts[fault] += 1;
    connection[fault]();
  }

  #strikeAll(fault: "cut" | "reset"): void {
    for (const connection of this.#connections) this.#strike(connection, fault);
  }

  /** What waits for another weather looks again; nobody listens while connections are refused. */
  #settle(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    const isRefusing = this.#holds("refuse");
    if (isRefusing && this.#server.listening) this.#server.close();
    if (!isRefusing && !this.#server.listening && !this.#isClosed) this.#server.listen(this.#address.port, this.#address.host);
  }

  /** Somebody else took the port while connections were refused: until it is free they are refused. */
  #listenLater(): void {
    if (!this.#isClosed) this.#again = this.#options.clock.after("the link listens again", LISTEN_AGAIN, () => this.#settle());
  }

  #throwDice(): void {
    this.#dice = this.#options.clock.after("chances of the link", SECOND, () => {
      for (const connection of this.#connections) this.#roll(connection);
      this.#throwDice();
    });
  }

  #roll(connection: Connection): void {
    for (const fault of ["cut", "reset"] as const) if (this.#hits(fault)) return this.#strike(connection, fault);
    if (this.#hits("black_hole")) connection.die();
  }
}
