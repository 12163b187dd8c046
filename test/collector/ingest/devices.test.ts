/**
 * Which device may say hello under a name: told as little stories of devices, each with its card.
 */
import { describe, expect, test } from "vitest";
import { isNamed } from "../../../collector/ingest/devices.ts";
import { LIMITS } from "../../../protocol/index.ts";
import { Card, idOf, Name, started, work } from "./device-stories.ts";

describe("the holder itself", () => {
  test("is welcome though hellos and answers are lost, however often", () => {
    const { name, card } = started();
    for (const isLost of [true, true, false, true, false, true]) expect(name.hello(card, isLost)).toBe("welcome");
    work(name, card);
  });

  test("is welcome with the token of any answer since the one it presented last", () => {
    const { name, card } = started();
    const [late, old] = [new Card("one", card), new Card("one", card)];
    expect(name.hello(late)).toBe("welcome");
    for (let lost = 0; lost < 20; lost++) expect(name.hello(card, true)).toBe("welcome");
    expect(name.hello(old, true)).toBe("welcome"); // which was presented all the time
    for (let lost = 0; lost < 3; lost++) expect(name.hello(card, true)).toBe("welcome");
    const overtaken = new Card("one", card);
    work(name, card);
    expect(name.hello(overtaken)).toBe("rolled_back");
  });

  test("is told that it was rolled back where it has not the token under which its batches came", () => {
    const { name, card } = started();
    const before = new Card("one", card);
    expect(name.hello(card)).toBe("welcome");
    card.seal();
    name.take(card);
    for (let seal = 0; seal < 9; seal++) before.seal();
    expect(name.hello(before)).toBe("rolled_back");
    work(name, before);
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

  test("is welcome again whatever token it presented first", () => {
    const [name, card] = [new Name(), new Card("one")];
    card.keep("f".repeat(28), "welcome");
    for (let turn = 0; turn < 3; turn++) {
      work(name, card);
      expect(name.holder?.token).toMatch(/^[0-9a-f]{28}$/);
    }
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

  test("is denied so, too, where it has the token of an answer that the first lost with its disk", () => {
    const { name, card } = started();
    const before = new Card("one", card);
    expect(name.hello(card)).toBe("welcome");
    card.seal();
    const copy = new Card("two", card);
    for (let turn = 0; turn < 2; turn++) {
      const again = new Card("one", before);
      expect(name.hello(again)).toBe(turn === 0 ? "welcome" : "rolled_back"); // the second time others came meanwhile
      again.seal();
      name.take(again);
      expect(name.hello(copy)).toBe("denied");
    }
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

  test("is denied at a collector that lost everything, where the first was let in again, though its token is of later", () => {
    const { name, card } = started();
    const before = new Card("one", card);
    for (let seal = 0; seal < 3; seal++) card.seal();
    const copy = new Card("two", card);
    work(name, copy);
    const wiped = new Name();
    work(wiped, before);
    expect(wiped.hello(copy)).toBe("denied");
    work(wiped, before);
  });

  test("needs the operator's word with a card that was moved, where the collector was restored from before that", () => {
    const { name, card } = started();
    const backup = name.copy();
    const moved = new Card("two", card);
    work(name, moved);
    expect(backup.hello(moved)).toBe("denied");
    backup.replace();
    expect(backup.hello(moved)).toBe("rolled_back");
    work(backup, moved);
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
