/**
 * options: the config of the `serial` driver, and what it means.
 */
import { z } from "zod";
import { LINE_KEYS, portPath } from "../ports/serial-port.ts";
import { checkText, TEXT_KEYS } from "../text/options.ts";

export const serialOptions = z
  .strictObject({
    port: portPath,
    ...LINE_KEYS,
    /** Only lines that begin so, such as `$GPGGA`. */
    starts_with: z.string().max(100).default(""),
    /** `nmea`: only lines that end in `*` and the right sum, as a GPS has them. */
    checksum: z.enum(["none", "nmea"]).default("none"),
    /** `keep`: for a device that speaks only when the port is opened. */
    first_line: z.enum(["drop", "keep"]).default("drop"),
    /** Lines beyond that are not taken, and counted. */
    most_per_second: z.int().min(1).max(10_000).default(100),
    ...TEXT_KEYS,
  })
  .superRefine((given, context) => checkText(given, context));

export type SerialOptions = z.output<typeof serialOptions>;
