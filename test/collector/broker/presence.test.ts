import { expect, test } from "vitest";
import { Presence } from "../../../collector/broker/external/presence.ts";

const online = (session: string) => ({ online: true, session });
const offline = (session: string) => ({ online: false, session });

test("an agent comes with its status and leaves with the will of that session", () => {
  const presence = new Presence();
  expect(presence.told("a", online("1"))).toBe("came");
  expect(presence.told("a", online("1"))).toBeUndefined();
  expect(presence.told("a", offline("1"))).toBe("left");
  expect(presence.told("a", offline("1"))).toBeUndefined();
  expect([...presence.agents]).toEqual([]);
});

test("the death of an older session, told late, is no death", () => {
  const presence = new Presence();
  presence.told("a", online("1"));
  presence.told("a", online("2"));
  expect(presence.told("a", offline("1"))).toBeUndefined();
  expect([...presence.agents]).toEqual(["a"]);
  expect(presence.told("a", offline("2"))).toBe("left");
});

test("a sign of life brings an agent back whatever was said, and its death takes it away though its session was not told", () => {
  const presence = new Presence();
  expect(presence.told("a", offline("0"))).toBeUndefined();
  expect(presence.seen("a")).toBe(true);
  expect(presence.seen("a")).toBe(false);
  expect(presence.told("a", offline("1"))).toBe("left");
});

test("made-up names stop at a bound, and those who are there stay", () => {
  const presence = new Presence();
  presence.seen("first");
  for (let name = 0; name < 100_000; name++) presence.seen(`made-up-${name}`);
  expect(presence.agents.size).toBe(100_000);
  expect(presence.told("late", online("1"))).toBeUndefined();
  expect(presence.told("late", offline("1"))).toBeUndefined();
  expect([presence.agents.has("first"), presence.agents.has("late")]).toEqual([true, false]);
});
