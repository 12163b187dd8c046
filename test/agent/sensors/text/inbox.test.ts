/**
 * What arrives by itself: a bug in what takes it costs its own sensor and no other.
 */
import { describe, expect, test } from "vitest";
import { createShared } from "../../../../agent/sampling/shared-by-key.ts";
import type { DriverContext, DriverKind, StreamDriver } from "../../../../agent/sensors/contract.ts";
import { exec } from "../../../../agent/sensors/exec.ts";
import { mqtt } from "../../../../agent/sensors/mqtt.ts";
import { serial } from "../../../../agent/sensors/serial.ts";
import { Inbox } from "../../../../agent/sensors/text/inbox.ts";
import { deviceBroker } from "../../../support/device-broker.ts";
import { driverContext } from "../../../support/driver-context.ts";
import { cable } from "../../../support/pty.ts";
import { draw, values } from "../../../support/stream.ts";

const SIGNAL = new AbortController().signal;

test("what a bug threw is handed over behind everything that came before it, and stays the end", async () => {
  const inbox = new Inbox(driverContext(), 100);
  inbox.put({ values: { t: 1 } });
  inbox.attempt(() => {
    throw new TypeError("a bug");
  });
  expect((await inbox.burst(SIGNAL)).samples).toHaveLength(1);
  for (let again = 0; again < 2; again++) await expect(inbox.burst(SIGNAL)).rejects.toThrow(new TypeError("a bug"));
});

describe("a bug inside an event costs its sensor, not the agent", () => {
  /** A log that fails stands for the bug: it is called inside the event, at the tenth text that cannot be read. */
  function failing(shared = createShared()): DriverContext {
    const context = driverContext("/", shared);
    const warn = () => {
      throw new TypeError("a bug");
    };
    return { ...context, log: { ...context.log, warn } };
  }
  const NOISE = "\u0001\n".repeat(10);

  async function open(kind: DriverKind<never>, config: object, context = failing()): Promise<StreamDriver> {
    const driver = kind.create((await kind.config.parseAsync(config)) as never, context) as StreamDriver;
    await driver.open(undefined);
    return driver;
  }

  async function fails(driver: StreamDriver): Promise<void> {
    await draw(driver, ({ skipped }) => skipped.bad_number === 10);
    await expect(driver.next(SIGNAL)).rejects.toThrow(new TypeError("a bug"));
    await driver.close();
  }

  test("exec", async () => {
    await fails(await open(exec as never, { shell: `printf '${NOISE}'; exec sleep 1000`, keep_running: true, plain: "t" }));
  });

  test("serial", async () => {
    await using wire = await cable();
    const driver = await open(serial as never, { port: wire.port, plain: "t", first_line: "keep" });
    await wire.say(NOISE);
    await fails(driver);
  });

  test("mqtt, and no other sensor of the broker", async () => {
    await using broker = await deviceBroker();
    const shared = createShared();
    const config = { broker: broker.url, topic: "t" };
    const driver = await open(mqtt as never, { ...config, plain: "t" }, failing(shared));
    const other = await open(mqtt as never, { ...config, match: { t: "([0-9]+)" } }, driverContext("/", shared));
    await broker.publish("t", `${NOISE}7`);
    expect(await values(other, 1)).toEqual([{ t: 7 }]);
    await other.close();
    await fails(driver);
  });
});
