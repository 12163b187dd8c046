/**
 * device-stories: devices with their cards and a collector as far as rule 8 goes, to tell stories of.
 */
import { expect } from "vitest";
import { type Holder, isNamed, judgeDevice } from "../../../collector/ingest/devices.ts";
import { Ledger } from "../../../collector/ingest/ledger.ts";
import type { EpochId, Hello, HelloEpoch, Standing } from "../../../protocol/index.ts";

export const idOf = (number: number) => number.toString(16).padStart(16, "0") as EpochId;

/** A collector as far as rule 8 goes. */
export class Name {
  holder: Holder | undefined;
  ledgers = new Map<EpochId, Ledger>();
  #random = 0;

  /** @param isLost the answer does not arrive. */
  hello(card: Card, isLost = false): Standing {
    const hello = { ...card.hello, fingerprint: card.device } as Hello;
    this.#random += 1;
    const { standing, holder } = judgeDevice(this.holder, hello, this.ledgers, idOf(this.#random));
    this.holder = holder;
    if (standing === "denied") return standing;
    if (!isLost) card.keep(holder.token, standing);
    return standing;
  }

  /** A batch of the card arrives. */
  take(card: Card): void {
    const { epoch, to } = card.current;
    expect(isNamed(this.holder, epoch)).toBe(true);
    const ledger = this.ledgers.get(epoch) ?? new Ledger("a", epoch);
    this.ledgers.set(epoch, ledger);
    ledger.ranges.add(to);
  }

  copy(): Name {
    const copy = new Name();
    copy.holder = this.holder;
    for (const [epoch, { ranges }] of this.ledgers) copy.ledgers.set(epoch, new Ledger("a", epoch, ranges.list()));
    return copy;
  }

  replace(): void {
    if (this.holder !== undefined) this.holder = { ...this.holder, isReplaceable: true };
  }
}

let epochs = 0;

/** A spool, as it says hello, in a device. */
export class Card {
  device: string;
  #token = "";
  #epochs: HelloEpoch[];

  constructor(device: string, of?: Card) {
    this.device = device;
    this.#epochs = of === undefined ? [] : [...of.#epochs];
    this.#token = of === undefined ? "" : of.#token;
    if (of === undefined || of.device !== device) this.mint();
  }

  get current(): HelloEpoch {
    return this.#epochs.at(-1) as HelloEpoch;
  }

  get hello(): Pick<Hello, "token" | "epochs"> {
    return { token: this.#token, epochs: this.#epochs };
  }

  mint(): void {
    epochs += 1;
    this.#epochs.push({ epoch: idOf(epochs), from: 1, to: 0 });
  }

  seal(): void {
    this.#epochs = [...this.#epochs.slice(0, -1), { ...this.current, to: this.current.to + 1 }];
  }

  keep(token: string, standing: Standing): void {
    if (token !== "") this.#token = token;
    if (standing === "rolled_back") this.mint();
  }
}

/** Connects, seals and sends, twice. */
export function work(name: Name, card: Card): void {
  for (let turn = 0; turn < 2; turn++) {
    expect(name.hello(card)).toBe("welcome");
    card.seal();
    name.take(card);
  }
}

export function started(): { readonly name: Name; readonly card: Card } {
  const [name, card] = [new Name(), new Card("one")];
  work(name, card);
  return { name, card };
}
