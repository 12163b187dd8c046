/**
 * modbus-faults: what goes wrong between a master and a slave. Adding one = one entry here, and what comes of it in
 * `boiler.ts`.
 */
import { z } from "zod";
import type { FaultWords } from "../../faults/index.ts";
import { OF_VALUES } from "../device-faults.ts";

const CODE = "expected an exception code, 1 to 11";

const OF_THE_BUS: readonly FaultWords[] = [
  {
    name: "exception",
    about: "it answers with an exception (code: 4, device failure)",
    own: { code: z.int(CODE).min(1, CODE).max(11, CODE).default(4) },
  },
  { name: "timeout", about: "it does not answer", own: {} },
  { name: "wrong_unit", about: "another unit answers", own: {} },
  { name: "cut", about: "half an answer, and the connection is closed", own: {} },
];

export const MODBUS_FAULTS: readonly FaultWords[] = [...OF_THE_BUS, ...OF_VALUES];
