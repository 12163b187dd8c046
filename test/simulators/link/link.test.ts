import { once } from "node:events";
import net from "node:net";
import { describe, expect, test } from "vitest";
import { MICROS_PER_MS, MICROS_PER_SECOND, micros } from "../../../protocol/index.ts";
import { openLink } from "../../../simulators/link/index.ts";
import { eventually } from "../../support/eventually.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { ends, hears, LOOPBACK, openWorld, sideOf } from "./world.ts";

describe("a link without faults", () => {
  test("passes bytes and ends both ways, and counts them", async () => {
    await using world = await openWorld();
    const client = await world.connect();
    client.socket.write("hello");
    const target = await world.at(0);
    await hears(target, "hello");
    target.socket.end("good day");
    await hears(client, "good day");
    await ends(client, "end");
    await ends(target, "end"); // the client's answer to it
    await eventually(
      () => world.link.counts(),
      ({ open }) => open === 0,
    );
    expect(world.link.counts()).toMatchObject({ connections: 1, bytes_up: 5, bytes_down: 8, cut: 0, reset: 0 });
  });

  test("passes a reset on", async () => {
    await using world = await openWorld();
    const client = await world.connect();
    const target = await world.at(0);
    client.socket.resetAndDestroy();
    await ends(target, "ECONNRESET");
  });

  test("slows a client down whose bytes the target does not take, instead of keeping them", async () => {
    await using world = await openWorld();
    const client = await world.connect();
    const target = await world.at(0);
    target.socket.pause();
    const block = Buffer.alloc(256 * 1024, 1);
    let written = 0;
    while (client.socket.writableLength < 8 * block.length && written < 1_000) {
      client.socket.write(block);
      written += 1;
      await new Promise(setImmediate);
    }
    expect(written).toBeLessThan(200); // 50 MB; kernel buffers take some of it
    expect(client.socket.writableLength).toBeGreaterThan(0);
    target.socket.resume();
    client.socket.end();
    await eventually(
      () => world.link.counts(),
      ({ bytes_up }) => bytes_up === written * block.length,
    );
  });

  test("a target that is not there is a reset", async () => {
    const { clock } = manualClock();
    const nobody = net.createServer().listen(0, "127.0.0.1");
    await once(nobody, "listening");
    const { port } = nobody.address() as net.AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    const link = await openLink({ listen: LOOPBACK, to: { host: "127.0.0.1", port }, clock, fraction: () => 0 });
    const client = sideOf(net.connect(link.address));
    await ends(client, "ECONNRESET");
    await link.close();
  });
});

describe("a fault of the whole link", () => {
  test("latency delays bytes and the end, in order, and overlaps", async () => {
    await using world = await openWorld();
    world.begin({ fault: "latency", latency: micros(300 * MICROS_PER_MS) });
    const client = await world.connect();
    const target = await world.at(0);
    client.socket.end("ab");
    await eventually(
      () => world.advance(0),
      () => client.socket.bytesWritten === 2 && client.socket.writableFinished,
    );
    await world.advance(299 * MICROS_PER_MS);
    expect(target.heard()).toBe("");
    await eventually(
      () => world.advance(MICROS_PER_MS),
      () => target.heard() === "ab",
    );
    await ends(target, "end");
  });

  test("throttle lets so many bytes a second pass", async () => {
    await using world = await openWorld();
    world.begin({ fault: "throttle", rate: 100 });
    const client = await world.connect();
    const target = await world.at(0);
    client.socket.write("x".repeat(1_000));
    for (let step = 0; step < 80; step++) {
      await world.advance(MICROS_PER_SECOND / 20);
      await new Promise(setImmediate);
    }
    await eventually(
      () => target.heard().length,
      (length) => length >= 300,
    );
    expect(target.heard().length).toBeLessThanOrEqual(4 * 100 + 5);
  });

  test("stall holds everything and lets it go in the end", async () => {
    await using world = await openWorld();
    const client = await world.connect();
    const target = await world.at(0);
    const stall = world.begin({ fault: "stall" });
    client.socket.write("late");
    target.socket.write("also late");
    await eventually(
      () => client.socket.bytesWritten,
      (bytes) => bytes === 4,
    );
    expect([target.heard(), client.heard()]).toEqual(["", ""]);
    stall.end();
    await hears(target, "late");
    await hears(client, "also late");
  });

  test("a black hole swallows both ways, tells nobody of an end, and the connection stays dead after it", async () => {
    await using world = await openWorld();
    const client = await world.connect();
    const target = await world.at(0);
    const hole = world.begin({ fault: "black_hole" });
    client.socket.write("lost");
    await eventually(
      () => world.link.counts(),
      ({ swallowed_up }) => swallowed_up === 4,
    );
    const newcomer = await world.connect();
    newcomer.socket.write("anybody?");
    await eventually(
      () => world.link.counts(),
      ({ swallowed_up }) => swallowed_up === 12,
    );
    hole.end();
    client.socket.write("still lost");
    target.socket.write("lost too");
    await eventually(
      () => world.link.counts(),
      ({ swallowed_up, swallowed_down }) => swallowed_up === 22 && swallowed_down === 8,
    );
    client.socket.destroy();
    const later = await world.connect();
    later.socket.write("alive");
    await hears(await world.at(1), "alive");
    expect([target.heard(), target.end(), newcomer.heard(), newcomer.end()]).toEqual(["", "open", "", "open"]);
    expect(world.link.counts()).toMatchObject({ half_open: 2, open: 3 });
  });

  test("what a black hole did not touch goes on after it", async () => {
    await using world = await openWorld();
    const client = await world.connect();
    const target = await world.at(0);
    world.begin({ fault: "black_hole" }).end();
    client.socket.write("lucky");
    await hears(target, "lucky");
  });

  test("byte by byte, everything comes", async () => {
    await using world = await openWorld();
    world.begin({ fault: "one_byte" });
    const client = await world.connect();
    const target = await world.at(0);
    const chunks: number[] = [];
    target.socket.on("data", (text: string) => chunks.push(text.length));
    const text = "0123456789".repeat(50);
    client.socket.write(text);
    await hears(target, text);
    expect(chunks.length).toBeGreaterThan(50);
  });

  test.each([
    ["cut", "end"],
    ["reset", "ECONNRESET"],
  ] as const)("a %s strikes what is open and what comes, until it ends", async (fault, how) => {
    await using world = await openWorld();
    const client = await world.connect();
    const target = await world.at(0);
    const active = world.begin({ fault });
    await ends(client, how);
    await ends(target, how);
    const newcomer = await world.connect();
    await ends(newcomer, how);
    active.end();
    const later = await world.connect();
    later.socket.write("again");
    await hears(await world.at(1), "again");
    expect(world.link.counts()).toMatchObject({ [fault]: 2, connections: 3 });
  });

  test("while connections are refused nobody listens, open ones go on, and the port is the same after it", async () => {
    await using world = await openWorld();
    const client = await world.connect();
    const target = await world.at(0);
    const active = world.begin({ fault: "refuse" });
    const refused = await world.connect();
    await ends(refused, "ECONNREFUSED");
    client.socket.write("I go on");
    await hears(target, "I go on");
    active.end();
    const later = await world.connect();
    later.socket.write("in again");
    await hears(await world.at(1), "in again");
  });

  test("a doubled connection says everything twice, and its answers are the first one's", async () => {
    await using world = await openWorld();
    world.begin({ fault: "double" });
    const client = await world.connect();
    client.socket.write("CONNECT");
    const [first, second] = [await world.at(0), await world.at(1)];
    await hears(first, "CONNECT");
    await hears(second, "CONNECT");
    first.socket.write("1");
    second.socket.write("2");
    await eventually(client.heard, (heard) => heard.length > 0);
    expect(["1", "2"]).toContain(client.heard());
    client.socket.end(" and the end");
    for (const side of [first, second]) {
      await hears(side, "CONNECT and the end");
      await ends(side, "end");
    }
    expect(client.heard().length).toBe(1);
    expect(world.link.counts()).toMatchObject({ connections: 1, doubled: 1, bytes_up: 19, bytes_down: 1 });
  });
});

describe("chance", () => {
  test("cuts open connections each second as often as it should, and the same seed in the same way", async () => {
    const lifetime = async (seed: number) => {
      await using world = await openWorld({ cut: 0.2 }, seed);
      const client = await world.connect();
      await world.at(0);
      let seconds = 0;
      while (client.end() === "open" && seconds < 200) {
        await world.advance(MICROS_PER_SECOND);
        await new Promise(setImmediate);
        seconds += world.link.counts().cut === 0 ? 1 : 0;
        if (world.link.counts().cut > 0) break;
      }
      return seconds;
    };
    const lifetimes: number[] = [];
    for (let seed = 1; seed <= 40; seed++) lifetimes.push(await lifetime(seed));
    const mean = lifetimes.reduce((sum, one) => sum + one, 0) / lifetimes.length;
    expect(mean).toBeGreaterThan(2); // 4 of them survived on average: geometric with 0.2
    expect(mean).toBeLessThan(8);
    expect(await lifetime(7)).toBe(lifetimes[6]);
  });

  test.each(["refuse", "double", "black_hole"] as const)("%s at 1 happens to everybody", async (fault) => {
    await using world = await openWorld({ [fault]: 1 });
    const client = await world.connect();
    client.socket.write("x");
    await world.advance(MICROS_PER_SECOND);
    const count = { refuse: "refused", double: "doubled", black_hole: "half_open" } as const;
    await eventually(
      () => world.link.counts()[count[fault]],
      (times) => times === 1,
    );
  });
});
