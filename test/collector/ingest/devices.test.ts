/**
 * Which device may say hello under a name: told as little stories of devices, each with its card.
 */
import { describe, expect, test } from "vitest";
import { type Holder, isNamed, judgeDevice } from "../../../collector/ingest/devices.ts";
import { Ledger } from "../../../collector/ingest/ledger.ts";
import { type EpochId, type Hello, type HelloEpoch, LIMITS, type Standing } from "../../../protocol/index.ts";

const idOf = (number: number) => number.toString(16).padStart(16, "0") as EpochId;

/** A collector as far as rule 8 goes. */
class Name {
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
class Card {
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
function work(name: Name, card: Card): void {
  for (let turn = 0; turn < 2; turn++) {
    expect(name.hello(card)).toBe("welcome");
    card.seal();
    name.take(card);
  }
}

function started(): { readonly name: Name; readonly card: Card } {
  const [name, card] = [new Name(), new Card("one")];
  work(name, card);
  return { name, card };
}

describe("the holder itself", () => {
  test("is welcome though hellos and answers are lost, however often", () => {
    const { name, card } = started();
    for (const isLost of [true, true, false, true, false, true]) expect(name.hello(card, isLost)).toBe("welcome");
    work(name, card);
  });

  test("is welcome with a wiped spool, and goes on from there", () => {
    const { name } = started();
    const wiped = new Card("one");
    expect(name.hello(wiped, true)).toBe("welcome");
    work(name, wiped);
  });

  test("is told that its spool was rolled back, by the token, though its seqs look right", () => {
    const { name, card } = started();
    const copy = new Card("one", card);
    work(name, card);
    for (let seal = 0; seal < 5; seal++) copy.seal();
    expect(name.hello(copy)).toBe("rolled_back");
    work(name, copy);
  });

  test("is told so by the ledger, where no hello came in between", () => {
    const { name, card } = started();
    const copy = new Card("one", card);
    card.seal();
    name.take(card);
    expect(name.hello(copy)).toBe("rolled_back");
    work(name, copy);
  });

  test("is welcome at a collector that was restored from before its token", () => {
    const { name, card } = started();
    const backup = name.copy();
    for (let turn = 0; turn < 3; turn++) work(name, card);
    expect(backup.hello(card)).toBe("welcome");
    work(backup, card);
  });

  test("is welcome at a collector that lost everything", () => {
    const { card } = started();
    const wiped = new Name();
    expect(wiped.hello(card)).toBe("welcome");
    work(wiped, card);
  });
});

describe("another device", () => {
  test("is welcome with the card of the one before, at the first answer too that is lost", () => {
    const { name, card } = started();
    const moved = new Card("two", card);
    expect(name.hello(moved, true)).toBe("welcome");
    work(name, moved);
    expect(name.hello(card)).toBe("denied");
  });

  test("is denied with a copy of the card once the first was heard of since, and changes nothing", () => {
    const { name, card } = started();
    const copy = new Card("two", card);
    expect(name.hello(card)).toBe("welcome");
    card.seal();
    name.take(card);
    const before = name.holder;
    for (let turn = 0; turn < 3; turn++) expect(name.hello(copy)).toBe("denied");
    expect(name.holder).toBe(before);
    work(name, card);
  });

  test("is denied though its token is valid, where the first has sent since without a hello", () => {
    const { name, card } = started();
    const copy = new Card("two", card);
    for (let seal = 0; seal < 9; seal++) copy.seal();
    card.seal();
    name.take(card);
    expect(name.hello(copy)).toBe("denied");
  });

  test("is denied where the first was rolled back since, and what it had sent before is here", () => {
    const { name, card } = started();
    const [copy, before] = [new Card("two", card), new Card("one", card)];
    card.seal();
    name.take(card);
    expect(name.hello(before)).toBe("rolled_back");
    expect(name.hello(copy)).toBe("denied");
  });

  test("is denied so, too, where the first sealed that before its hello", () => {
    const { name, card } = started();
    const before = new Card("one", card);
    card.seal();
    const copy = new Card("two", card);
    before.seal();
    expect(name.hello(before)).toBe("welcome");
    name.take(before);
    expect(name.hello(copy)).toBe("denied");
  });

  test("is denied where what the first has sent stands in an epoch of later", () => {
    const { name, card } = started();
    const copy = new Card("two", card);
    card.mint();
    expect(name.hello(card)).toBe("welcome");
    card.seal();
    name.take(card);
    expect(name.hello(copy)).toBe("denied");
  });

  test("is denied where the first was rolled back and has sent other content since, under the seqs that its copy has too", () => {
    const { name, card } = started();
    const before = new Card("one", card);
    card.seal();
    const copy = new Card("two", card); // of a life that the disk did not keep
    expect(name.hello(before)).toBe("welcome");
    before.seal();
    name.take(before);
    expect(name.hello(copy)).toBe("denied");
    work(name, before);
  });

  test("takes over where it comes first, and then the first is the copy; they never alternate", () => {
    const { name, card } = started();
    const copy = new Card("two", card);
    work(name, copy);
    for (let turn = 0; turn < 3; turn++) {
      expect(name.hello(card)).toBe("denied");
      work(name, copy);
    }
  });

  test("is denied at a restored collector too, where its card is the older one", () => {
    const { name, card } = started();
    const copy = new Card("two", card);
    work(name, card);
    const backup = name.copy();
    work(name, card);
    expect(backup.hello(copy)).toBe("denied");
    work(backup, card);
  });

  test("is denied with an empty card, until the operator says that it replaces the first; then the first is", () => {
    const { name, card } = started();
    const fresh = new Card("two");
    expect(name.hello(fresh)).toBe("denied");
    work(name, card);
    name.replace();
    work(name, card); // the permission is for another device, whenever it comes
    work(name, fresh);
    expect(name.hello(card)).toBe("denied");
    expect(name.hello(new Card("three"))).toBe("denied");
  });

  test("that replaces the first with an old copy of its card begins a new epoch", () => {
    const { name, card } = started();
    const copy = new Card("two", card);
    work(name, card);
    name.replace();
    expect(name.hello(copy)).toBe("rolled_back");
    work(name, copy);
  });
});

test("devices that nothing tells apart are one", () => {
  const name = new Name();
  for (const card of [new Card(""), new Card("")]) work(name, card);
});

test("an epoch is the holder's where its last hello named it, or had no room for all", () => {
  const { name, card } = started();
  const { epoch } = card.current;
  expect(isNamed(name.holder, epoch)).toBe(true);
  expect(isNamed(undefined, epoch)).toBe(false);
  expect(isNamed(name.holder, idOf(0))).toBe(false);
  for (let more = 0; more < LIMITS.epochsPerHello; more++) card.mint();
  name.hello(card);
  expect(isNamed(name.holder, idOf(0))).toBe(true);
});
