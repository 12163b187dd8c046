/**
 * registry: every check of `tributary-collector doctor`, in the order in which they are shown. Adding one = its file
 * and one line here.
 */
import type { Check, Machine } from "../../protocol/index.ts";
import { agents } from "./agents.ts";
import { broker } from "./broker.ts";
import { clock } from "./clock.ts";
import { control } from "./control.ts";
import { data } from "./data.ts";
import { journal } from "./journal.ts";
import { listeners } from "./listeners.ts";
import type { Patient } from "./patient.ts";
import { quarantine } from "./quarantine.ts";
import { rtc } from "./rtc.ts";
import { versions } from "./versions.ts";

/** They need no config. */
export const MACHINE_CHECKS: readonly Check<Machine>[] = [versions, rtc];

export const COLLECTOR_CHECKS: readonly Check<Patient>[] = [control, clock, data, listeners, broker, journal, quarantine, agents];
