/**
 * Everything that goes wrong with sensors, at once and in one agent, beside a sensor that is well: each trouble has its
 * counter, and the one that is well was read at every single turn.
 */
import { once } from "node:events";
import fs from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { loadAgentConfig } from "../../../agent/config/load.ts";
import { deviceBroker } from "../../support/device-broker.ts";
import { eventually } from "../../support/eventually.ts";
import { serve } from "../../support/http-server.ts";
import { tcpDevice } from "../../support/modbus-device.ts";
import { cable } from "../../support/pty.ts";
import { bench, committed, isBalanced } from "../../support/sampling.ts";
import { sysfs } from "../../support/sysfs.ts";

const SECOND = 1_000_000;

/** Sensor -> reasons it must have been counted under. */
const TROUBLES: Readonly<Record<string, readonly string[]>> = {
  truncated: ["bad_value"],
  vanishing: ["device_missing"],
  shorted: ["all_zero"],
  mute: ["device_timeout"],
  refusing: ["register_refused"],
  failing: ["device_busy"],
  slow: ["device_timeout"],
  huge: ["answer_too_long"],
  hanging: ["device_timeout"],
  flooding: ["answer_too_long"],
  crashing: ["command_ended"],
  noisy: ["first_line", "bad_number", "not_a_number"],
  chatty: ["repeated", "flood"],
  "old-logger": ["not_a_number", "bad_time", "short_row"],
};

/** A byte order mark, mixed line ends, decimal commas, -200 for nothing, a word, a date that is none, a short row. */
const LOG = "\ufefftime;t;h\r\n1700000000;21,5;-200\n1700000001;warm;40\r\nsoon;1;2\n1700000003\n1700000004;22,5;41,5\n";

test("a sensor that is well is read at every turn, whatever goes wrong beside it", { timeout: 120_000 }, async () => {
  await using tree = await sysfs();
  await using wire = await cable();
  await using broker = await deviceBroker();
  await using refusing = await tcpDevice({});
  const mute = net.createServer().listen(0, "127.0.0.1");
  await once(mute, "listening");
  const sockets = new Set<net.Socket>();
  mute.on("connection", (socket) => sockets.add(socket));
  await using slow = await serve(() => {}); // no answer for ever
  await using page = await serve(({ url }, response) => {
    if (url === "/failing") response.writeHead(500).end("oops");
    else response.end("9".repeat(200_000));
  });
  await tree.write("dev/README", "");
  await fs.symlink(wire.port, tree.join("dev/ttyUSB0"));

  await tree.iio(0, "1-0076", { name: "bme280\n", in_temp_input: "", in_pressure_input: "\n" });
  const vanishing = await tree.iio(1, "1-0077", { name: "tmp117\n", in_temp_input: "21500\n" });
  const zeros = "00 00 00 00 00 00 00 00 00";
  await tree.oneWire("28-00000a1b2c3d", `${zeros} : crc=00 YES\n${zeros} t=0\n`);
  await tree.write("log.csv", LOG);
  await tree.write(
    "agent.yaml",
    `agent: a
collector: mqtt://127.0.0.1:1
sensors:
  - { name: well, driver: simulated, every: 1s, profile: greenhouse, channels: { temperature: } }
  - { name: truncated, driver: iio, every: 1s, device: bme280 }
  - { name: vanishing, driver: iio, every: 1s, device: tmp117 }
  - { name: shorted, driver: one_wire, every: 1s, id: 28-00000a1b2c3d }
  - { name: mute, driver: modbus, every: 1s, tcp: "127.0.0.1:${(mute.address() as AddressInfo).port}", registers: { t: { input: 0 } } }
  - { name: refusing, driver: modbus, every: 1s, tcp: "${refusing.tcp}", registers: { t: { input: 0 } }, timeout: 1m }
  - { name: failing, driver: http, every: 1s, url: "${page.url}/failing", plain: t, timeout: 1m }
  - { name: slow, driver: http, every: 1s, url: "${slow.url}", plain: t, timeout: 2s }
  - { name: huge, driver: http, every: 1s, url: "${page.url}/huge", plain: t, timeout: 1m }
  - { name: hanging, driver: exec, every: 1s, command: [sleep, "1000"], plain: t, timeout: 2s }
  - { name: flooding, driver: exec, every: 1s, command: ["yes", "21.5"], plain: t, timeout: 1m }
  - { name: crashing, driver: exec, shell: "echo 1; exit 1", keep_running: true, plain: t }
  - { name: noisy, driver: serial, port: /dev/ttyUSB0, plain: t }
  - { name: chatty, driver: mqtt, broker: "${broker.url}", topic: t, plain: t, most_per_second: 5 }
  - { name: old-logger, driver: file, path: ${tree.join("log.csv")}, columns: { time: time, t: t, h: h }, separator: ";", decimal: ",", missing: [-200], time_format: unix_s }
`,
  );
  const { sensors } = await loadAgentConfig(tree.join("agent.yaml"), {});
  const { sampler, journal, time } = bench(sensors, { root: tree.path });
  sampler.start();

  let turns = 0;
  const reasons = () =>
    Object.fromEntries(
      Object.entries(sampler.tallies()).map(([name, { failed, dropped }]) => [name, Object.keys({ ...failed, ...dropped })]),
    );
  const isComplete = () => {
    const found = reasons();
    return Object.entries(TROUBLES).every(([name, wanted]) => wanted.every((reason) => found[name]?.includes(reason)));
  };
  await fs.rm(vanishing, { recursive: true });
  const numbers = Array.from({ length: 50 }, (_, index) => index).join("\n");
  await eventually(async () => {
    await time.advance(SECOND);
    turns += 1;
    await wire.say("1.5\nnoise\n\u0001\n21.5\n");
    await broker.publish("t", `7\n7\n${numbers}`);
    return reasons();
  }, isComplete);

  await sampler.stop();
  for (const socket of sockets) socket.destroy();
  mute.close();
  expect(sampler.tallies().well).toMatchObject({ read: turns, skipped: 0, failed: {} });
  const instants = committed(journal).map(([at]) => at);
  expect(instants).toHaveLength(turns);
  expect(instants.slice(1).every((at, index) => at - (instants[index] ?? 0) === SECOND)).toBe(true);
  expect(isBalanced(journal)).toBe(true);
  expect(sampler.tallies()["old-logger"]).toMatchObject({ read: 5, dropped: { not_a_number: 1 }, failed: { bad_time: 1, short_row: 1 } });
});
