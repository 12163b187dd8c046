import fc from "fast-check";
import { expect, test } from "vitest";
import { Inbox } from "../../../collector/broker/external/inbox.ts";
import { LIMITS } from "../../../protocol/index.ts";
import { held } from "./broker-bench.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("answers follow the order of arrival, each after its own commit, in whatever order those come", async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), async (order) => {
      const inbox = new Inbox();
      const commits = order.map(() => held());
      const answered: number[] = [];
      for (const [index, commit] of commits.entries()) inbox.add(1, commit.promise, () => answered.push(index));
      const done = new Set<number>();
      for (const index of order) {
        commits[index]?.release();
        done.add(index);
        await settled();
        const first = commits.findIndex((_, each) => !done.has(each));
        expect(answered).toEqual([...commits.keys()].slice(0, first < 0 ? commits.length : first));
      }
    }),
  );
});

test.each([
  ["1,024 messages", 1, 1_024],
  ["16 MiB of messages", LIMITS.packetBytes, 128],
])("at %s there is no room until one is answered", async (_what, bytes, most) => {
  const inbox = new Inbox();
  const commits = Array.from({ length: most }, () => held());
  let turns = 0;
  for (const { promise } of commits) {
    inbox.whenRoom(() => {
      turns += 1;
    });
    inbox.add(bytes, promise, () => undefined);
  }
  expect(turns).toBe(most);
  inbox.whenRoom(() => {
    turns += 1;
  });
  await settled();
  expect(turns).toBe(most);
  commits[0]?.release();
  await settled();
  expect(turns).toBe(most + 1);
});
