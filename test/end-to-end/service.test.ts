/**
 * Both programs as services: what systemd hears of the real processes while all is well, while sensors hang, and at
 * the end.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type NotifySocket, openNotifySocket } from "../support/notify-socket.ts";
import { type Program, startProgram } from "../support/processes.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { writeAgent } from "../support/whole-path.ts";

const THERMAL = "  - { name: chip, driver: thermal, every: 100ms }\n";
const SIMULATED = "  - { name: now, driver: simulated, profile: boiler, every: 100ms }\n";
/** A second between two words, and the patience too. */
const WATCHDOG_USEC = "2000000";

async function startBox(dir: TempDir, socket: NotifySocket, sensors: string): Promise<Program> {
  const [zone, kernel] = [dir.join("tree/sys/class/thermal/thermal_zone0"), dir.join("tree/proc/sys/kernel/random")];
  for (const folder of [zone, kernel]) fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(`${kernel}/boot_id`, "2f1d9c4e-0f7b-4a39-9f5e-6f1f3f1c8a11\n");
  fs.writeFileSync(`${zone}/type`, "cpu-thermal\n");
  fs.writeFileSync(`${zone}/temp`, "48500\n");
  const config = await writeAgent(dir, { name: "box", url: "mqtt://127.0.0.1:1", sensors, more: "root: ./tree\n" });
  return startProgram({
    args: ["agent/bin.js", "run", "--config", config],
    env: { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC },
  });
}

/** From now on whoever reads the sensor waits; returns what ends the wait. */
function hang(dir: TempDir): () => void {
  const [temp, pipe] = [dir.join("tree/sys/class/thermal/thermal_zone0/temp"), dir.join("pipe")];
  execFileSync("mkfifo", [pipe]);
  fs.renameSync(pipe, temp);
  return () => {
    const answer = dir.join("answer");
    fs.writeFileSync(answer, "48500\n");
    const writer = fs.openSync(temp, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK); // fails where nobody reads
    fs.renameSync(answer, temp);
    fs.writeSync(writer, "48500\n");
    fs.closeSync(writer);
  };
}

const isAlive = (message: string) => message.includes("WATCHDOG=1");
const afterFirst = (messages: readonly string[], word: string) => messages.slice(messages.findIndex((one) => one.includes(word)));

test("the agent says ready, then keeps the watchdog quiet until it is told to stop, and says that it stops", async () => {
  await using dir = await tempDir();
  await using socket = await openNotifySocket(dir);
  await using box = await startBox(dir, socket, THERMAL);
  await socket.message(/STATUS=1 sensors; \d+ readings wait; collector not connected WATCHDOG=1/);
  expect(socket.messages()[0]).toMatch(/^READY=1/);
  expect(fs.existsSync(dir.join("box.db"))).toBe(true);
  expect(await box.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  await socket.message(/STOPPING=1/);
});

test("the watchdog is silent when sampling is stuck, says what is, and hears again when it answers", async () => {
  await using dir = await tempDir();
  await using socket = await openNotifySocket(dir);
  await using _ = await startBox(dir, socket, THERMAL);
  await socket.message(/WATCHDOG=1/);
  const answer = hang(dir);
  await socket.message(/STATUS=stuck: no sensor answers \(chip for 3 s\)/);
  expect(afterFirst(socket.messages(), "stuck").filter(isAlive)).toEqual([]);
  const before = socket.messages().length;
  answer();
  await eventually(
    () => socket.messages().slice(before),
    (messages) => messages.some(isAlive),
  );
});

test("one sensor that hangs does not trouble the watchdog while another answers", async () => {
  await using dir = await tempDir();
  await using socket = await openNotifySocket(dir);
  await using _ = await startBox(dir, socket, THERMAL + SIMULATED);
  await socket.message(/WATCHDOG=1/);
  hang(dir);
  await socket.message(/STATUS=2 sensors \(in trouble: chip\); \d+ readings wait; collector not connected WATCHDOG=1/);
  const heard = await eventually(
    () => socket.messages(),
    (messages) => afterFirst(messages, "in trouble").length > 3,
  );
  expect(afterFirst(heard, "STATUS").every(isAlive)).toBe(true);
});

test("a start that fails never says ready", async () => {
  await using dir = await tempDir();
  await using socket = await openNotifySocket(dir);
  fs.writeFileSync(dir.join("box.sock"), "mine");
  await using box = await startBox(dir, socket, THERMAL);
  expect((await box.ended).code).toBe(1);
  expect(socket.messages()).toEqual([]);
});

test("the collector says ready when it listens, keeps the watchdog quiet, and says that it stops", async () => {
  await using dir = await tempDir();
  await using socket = await openNotifySocket(dir);
  fs.writeFileSync(dir.join("collector.yaml"), 'listen: { mqtt: "127.0.0.1:0", http: "127.0.0.1:0" }\n');
  const env = { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC, STATE_DIRECTORY: dir.join("state") };
  await using collector = await startProgram({ args: ["collector/bin.js", "run", "--config", dir.join("collector.yaml")], env });
  await socket.message(/STATUS=0 agents connected; 0 kB wait for the store WATCHDOG=1/);
  expect(socket.messages()[0]).toMatch(/^READY=1/);
  expect(collector.stdout()).toContain(`Keeping everything in ${dir.join("state")}\n`);
  await eventually(
    () => socket.messages().filter(isAlive).length,
    (count) => count >= 3,
  );
  expect(await collector.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  await socket.message(/STOPPING=1/);
});
