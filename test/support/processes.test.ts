import { expect, test } from "vitest";
import { startProgram } from "./processes.ts";

test("a program's lines are waited for, past or to come", async () => {
  await using program = await startProgram({
    args: ["-e", "console.log('port 4711'); console.error('ready'); setInterval(() => {}, 1000)"],
  });
  await program.line(/^ready$/);
  const [, port] = await program.line(/^port (\d+)$/);
  expect(port).toBe("4711");
  expect(program.stdout()).toBe("port 4711\n");
  expect(await program.kill()).toEqual({ code: null, signal: "SIGKILL" });
});

test("a line that never comes is told with the output when the program ends", async () => {
  await using program = await startProgram({ args: ["-e", "console.error('no port free'); process.exit(3)"] });
  await expect(program.line(/^ready$/)).rejects.toThrow(/before the program ended \(code 3, signal null\); output:\nno port free/);
});

test("a line that never comes is told with the output when its time is over", async () => {
  await using program = await startProgram({ args: ["-e", "console.log('waiting'); setInterval(() => {}, 1000)"] });
  await program.line(/^waiting$/);
  await expect(program.line(/^ready$/, 20)).rejects.toThrow(/within 20 ms; output:\nwaiting/);
});

test("a program ends with the block that uses it", async () => {
  let ended: Promise<unknown> | undefined;
  {
    await using program = await startProgram({ args: ["-e", "setInterval(() => {}, 1000)"] });
    ended = program.ended;
  }
  expect(await ended).toEqual({ code: null, signal: "SIGKILL" });
});

test("programs run on the Node that the project brings along", async () => {
  await using program = await startProgram({ args: ["--version"] });
  const [, major] = await program.line(/^v(\d+)\./);
  expect(major).toBe("24");
});

test("a program that does not exist is a failure at once", async () => {
  await expect(startProgram({ command: "/nowhere/tributary", args: [] })).rejects.toThrow("ENOENT");
});
