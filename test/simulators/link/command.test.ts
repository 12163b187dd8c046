import { once } from "node:events";
import fs from "node:fs/promises";
import net from "node:net";
import { describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { startProgram } from "../../support/processes.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { hears, sideOf } from "./world.ts";

const BIN = "simulators/bin.js";

describe("tributary-simulate link", () => {
  test("leads to its target, tells as JSON what happens and on request what crossed, and ends in order", async () => {
    await using dir = await tempDir();
    await fs.writeFile(dir.join("faults.yaml"), "faults: [ { fault: latency, latency: 1ms } ]\n");
    const echo = net.createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
    await once(echo, "listening");
    const to = `127.0.0.1:${(echo.address() as net.AddressInfo).port}`;
    await using program = await startProgram({
      args: [BIN, "link", "--to", to, "--script", dir.join("faults.yaml"), "--json", "--seed", "7"],
    });
    const [, address = ""] = await program.line(/"event":"listening","address":"([^"]+)","to":"[^"]+","seed":7/);
    await program.line(/"event":"begin","at_seconds":[\d.]+,"fault":"latency","latency_seconds":0.001/);
    const client = sideOf(net.connect(Number(address.split(":")[1]), "127.0.0.1"));
    client.socket.write("hello");
    await hears(client, "hello");
    process.kill(program.pid, "SIGUSR2");
    await program.line(/"event":"counts".*"open":1,"connections":1,"bytes_up":5,"bytes_down":5/);
    expect(await program.kill("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(program.stdout().trimEnd().split("\n").length).toBe(4);
    await eventually(
      () => client.end(),
      (end) => end !== "open",
    );
    echo.close();
  });

  test.each([
    [["--to", "nowhere"], 2, 'expected host:port like 127.0.0.1:1883, got "nowhere"'],
    [["--fault", "cut=2"], 2, 'expected a chance like cut=0.01, more than 0 and at most 1, got "2"'],
    [["--fault", "cutt=0.1"], 2, 'did you mean "cut"?'],
    [["--fault", "latency=5"], 2, "did you mean 5s?"],
    [["--fault", "stall"], 2, "stands in a script only"],
    [["--script", "/no/such.yaml"], 1, "expected a config file, there is none"],
  ] as const)("%s is refused with what was meant", async (args, code, message) => {
    await using program = await startProgram({ args: [BIN, "link", ...args] });
    expect((await program.ended).code).toBe(code);
    expect(program.output()).toContain(message);
    expect(program.output()).not.toContain("    at ");
  });

  test("a port that is taken is a fault that says what to do", async () => {
    const other = net.createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as net.AddressInfo;
    await using program = await startProgram({ args: [BIN, "link", "--listen", `127.0.0.1:${port}`] });
    expect((await program.ended).code).toBe(1);
    expect(program.output()).toContain(`127.0.0.1:${port}: expected to listen there, got EADDRINUSE\n  -> choose another address`);
    other.close();
  });

  test("its help has every fault and examples to copy", async () => {
    await using program = await startProgram({ args: [BIN, "link", "--help"] });
    expect((await program.ended).code).toBe(0);
    for (const fault of ["latency", "throttle", "stall", "black_hole", "one_byte", "cut", "reset", "refuse", "double"]) {
      expect(program.stdout()).toMatch(new RegExp(`^  ${fault} `, "m"));
    }
    expect(program.stdout()).toContain("tributary-simulate link --listen 127.0.0.1:2883 --to 127.0.0.1:1883 --script faults.yaml");
  });
});
