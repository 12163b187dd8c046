import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agentTopic, collectorStatusTopic, DEFAULT_PREFIX, DOWN_CHANNELS, parseTopic, UP_CHANNELS } from "../../protocol/index.ts";

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,39}$/);
const channel = fc.constantFrom(...UP_CHANNELS, ...DOWN_CHANNELS);
const prefix = fc.oneof(
  fc.constant(DEFAULT_PREFIX),
  name,
  fc.tuple(name, name).map((parts) => parts.join("/")),
);

describe("a topic", () => {
  it("of an agent is taken apart into what it was made of, in at most four levels", () => {
    fc.assert(
      fc.property(prefix, name, channel, (under, agent, what) => {
        const topic = agentTopic(under, agent, what);
        expect(parseTopic(under, topic)).toEqual({ agent, channel: what });
        expect(topic.split("/").length).toBeLessThanOrEqual(4);
      }),
    );
  });

  it.each([
    "",
    "tributary/v1",
    "tributary/v1/",
    "tributary/v1/a",
    "tributary/v1/a/",
    "tributary/v1//batch",
    "tributary/v1/a/batch/",
    "tributary/v1/a/batch/more",
    "tributary/v1/A/batch",
    "tributary/v1/+/batch",
    "tributary/v1/#",
    "tributary/v1/a/BATCH",
    "tributary/v1/a/toString",
    "tributary/v10/a/batch",
    "/tributary/v1/a/batch",
    "other/v1/a/batch",
  ])("like %j is nobody's", (topic) => {
    expect(parseTopic(DEFAULT_PREFIX, topic)).toBeUndefined();
  });

  it("of the collector cannot be an agent's, for no agent may be called so", () => {
    expect(collectorStatusTopic(DEFAULT_PREFIX)).toBe("tributary/v1/_collector/status");
    expect(parseTopic(DEFAULT_PREFIX, collectorStatusTopic(DEFAULT_PREFIX))).toBeUndefined();
  });
});
