/**
 * write: makes vectors that are not there yet, run by hand: `npx node test/protocol/vectors/write.ts`.
 *
 * A vector is frozen: a file that exists is left as it is, for others decode it too. Only a new version of the
 * protocol gives reason to delete one. Nothing is written that the two decoders do not read alike.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { isFault } from "../../../protocol/index.ts";
import { BY_HAND } from "./by-hand.ts";
import { BATCHES } from "./codec-batches.ts";
import { MESSAGES } from "./codec-messages.ts";
import { REFUSED } from "./refused.ts";
import { CODEC, INDEPENDENT, toJson, type Vector } from "./vector.ts";

function decoded(title: string, message: Vector["message"], bytes: Uint8Array): Vector {
  const read = CODEC[message](bytes);
  assert.deepStrictEqual(read, INDEPENDENT[message](bytes), title);
  return { title, message, hex: Buffer.from(bytes).toString("hex"), decoded: toJson(read) };
}

function write(name: string, vector: Vector): void {
  const file = path.join(import.meta.dirname, `${name}.json`);
  if (fs.existsSync(file)) return;
  fs.writeFileSync(file, `${JSON.stringify(vector, undefined, 2)}\n`);
  console.info(`${name}: ${vector.hex.length / 2} bytes`);
}

for (const [name, { title, bytes }] of Object.entries(BATCHES)) write(name, decoded(title, "batch", bytes));
for (const [name, { title, message, bytes }] of Object.entries(MESSAGES)) write(name, decoded(title, message, bytes));

for (const [name, { title, bytes, values }] of Object.entries(BY_HAND)) {
  const vector = decoded(title, "batch", bytes);
  const { body } = CODEC.batch(bytes) as { body: { frames?: { columns?: { values: number[] }[] }[] } };
  if (values !== undefined) assert.deepStrictEqual(body.frames?.[0]?.columns?.[0]?.values, values, name);
  write(name, vector);
}

for (const [name, { title, bytes, refused }] of Object.entries(REFUSED)) {
  assert.throws(
    () => CODEC.batch(bytes),
    (error) => isFault(error) && error.code === refused,
    name,
  );
  assert.throws(() => INDEPENDENT.batch(bytes), name);
  write(name, { title, message: "batch", hex: Buffer.from(bytes).toString("hex"), refused });
}
