/**
 * refused: batches that a reader MUST refuse, each with the code of SPEC.md's table of faults.
 */
import { deflateRawSync } from "node:zlib";
import { bits, bytes, dataBody, doubles, plainFrame, seal, zigzag } from "./seal.ts";

export interface Refused {
  readonly title: string;
  readonly refused: "malformed" | "version" | "crc" | "too_big";
  readonly bytes: Uint8Array;
}

/** One instant. */
const AT = `00 ${zigzag(1_795_200_000_000_000)}`;
/** Two or more, each a microsecond after the one before. */
const GRID = `08${AT.slice(2)} 02`;
const BODY = dataBody(plainFrame(1, AT, `01 ${doubles(21.5)}`));
const GOOD = seal({ count: 1 }, BODY);
const NAMELESS = "00000000";

const malformed = (title: string, made: Uint8Array): Refused => ({ title, refused: "malformed", bytes: made });
/** A batch of one channel with a column that cannot be. */
const column = (title: string, instants: number, at: string, values: string) =>
  malformed(title, seal({ count: instants }, dataBody(plainFrame(instants, at, values))));

export const REFUSED: Readonly<Record<string, Refused>> = {
  "refused-version": { title: "a batch of version 2", refused: "version", bytes: seal({ first: 0xa2, count: 1 }, dataBody()) },
  "refused-no-batch": malformed("a first byte that is of no batch", seal({ first: 0x92, count: 1 }, dataBody())),
  "refused-header-cut": malformed("a header cut short", GOOD.subarray(0, 20)),
  "refused-seq-0": malformed("seq 0", seal({ seq: "00", count: 1 }, dataBody(plainFrame(1, AT, `01 ${doubles(1)}`)))),
  "refused-seq-2-53": malformed("a seq of 2^53", seal({ seq: "8080808080808010", count: 0 }, dataBody())),
  "refused-kind-3": malformed("an unknown kind", seal({ kind: 3, count: 0 }, bytes("90"))),
  "refused-hash": {
    title: "a bit of the body flipped",
    refused: "crc",
    bytes: GOOD.map((byte, i) => (i === GOOD.length - 1 ? byte ^ 1 : byte)),
  },
  "refused-readings": { title: "5,001 readings, as the header says", refused: "too_big", bytes: seal({ count: 5_001 }, dataBody()) },
  "refused-inflated": {
    title: "a body that inflates to a byte more than 1 MiB",
    refused: "too_big",
    bytes: seal({ count: 1, deflated: true }, deflateRawSync(new Uint8Array(1_048_577))),
  },
  "refused-behind-deflate": malformed(
    "a byte behind the deflate stream",
    seal({ count: 1, deflated: true }, Buffer.concat([deflateRawSync(BODY), Uint8Array.of(0)])),
  ),
  "refused-no-deflate": malformed("a flag of deflate before a body that is none", seal({ count: 1, deflated: true }, BODY)),
  "refused-count": malformed("more readings than the header says", seal({ count: 1 }, dataBody(plainFrame(2, GRID, `01 ${doubles(1)}`)))),
  "refused-frame-left-over": column("a byte behind the last column of a frame", 1, AT, `01 ${doubles(1)} 00`),
  "refused-frame-form": malformed("a frame of form 3", seal({ count: 1 }, dataBody(bytes(`03 00 01 00 ${AT} 01 ${doubles(1)}`)))),
  "refused-mask": malformed(
    "a channel beyond the last series",
    seal({ count: 2 }, dataBody(bytes(`02 ff03 01 01 ${AT} 01 ${doubles(1)} 01 ${doubles(1)}`))),
  ),
  "refused-no-value": malformed(
    "an instant at which no channel has a value",
    seal({ count: 1 }, dataBody(bytes(`00 00 01 00 ${AT} 01 00 01 00`), plainFrame(1, AT, `01 ${doubles(1)}`))),
  ),
  "refused-runs": malformed(
    "runs that add up to more than there is",
    seal({ count: 1 }, dataBody(bytes(`00 00 01 00 ${AT} 02 00 02 01 ${doubles(1)}`))),
  ),
  "refused-quality": malformed("a quality of 3", seal({ count: 1 }, dataBody(bytes(`00 00 01 00 ${AT} 02 03 01 01 ${doubles(1)}`)))),
  "refused-instant": column("an instant that is no integer", 1, `c0 ${doubles(0.5)}`, `01 ${doubles(1)}`),
  "refused-numbers-form": column("numbers of form 4", 1, AT, `04 ${doubles(1)}`),
  "refused-raw-header": column("integers of a header above c1", 1, AT, `20 c2 ${doubles(1)}`),
  "refused-pieces": column("pieces in a piece", 3, GRID, `03 02  03 01 01 ${doubles(1)} 01 ${doubles(1)}  01 ${doubles(1)}`),
  "refused-exception": column("an exception behind the last entry", 1, AT, `30 01 01 ${doubles(1)} 00 00`),
  "refused-dictionary": column("a place that is not in the dictionary", 2, GRID, `20 43 01 00 02 00 ${bits("000001 1")}`),
  "refused-dictionaries": column("a dictionary in a dictionary", 1, AT, "20 03 01 03 01 00 02 00 00"),
  "refused-msgpack-extension": malformed("an extension type", seal({ kind: 1, count: 0, catalog: NAMELESS }, bytes("91 d4 01 00"))),
  "refused-gap-reason": malformed(
    "a reason in upper case",
    seal({ kind: 1, count: 0, catalog: NAMELESS }, bytes("91 95 c408 0ddba11c0ffee000 09 c400 00 a4 4c4f5354")),
  ),
  "refused-gap-hash": malformed(
    "a gap whose hash has 7 bytes",
    seal({ kind: 1, count: 0, catalog: NAMELESS }, bytes("91 95 c408 0ddba11c0ffee000 09 c407 24058f9c65de3a 00 a4 6c6f7374")),
  ),
  "refused-catalog-name": malformed(
    "a channel that is no name",
    seal({ kind: 2, count: 0, catalog: NAMELESS }, bytes("91 98 a3 616972 a2 2d61 a3 43656c 00 00 01 00 00")),
  ),
};
