/**
 * registry: every check of `tributary-agent doctor`, in the order in which they are shown. Adding one = its file and
 * one line here.
 */
import type { Check, Machine } from "../../protocol/index.ts";
import { clock } from "./clock.ts";
import { collector } from "./collector.ts";
import { control } from "./control.ts";
import { devices } from "./devices.ts";
import { disk } from "./disk.ts";
import type { Patient } from "./patient.ts";
import { power } from "./power.ts";
import { rtc } from "./rtc.ts";
import { sensors } from "./sensors.ts";
import { skew } from "./skew.ts";
import { spool } from "./spool.ts";
import { versions } from "./versions.ts";
import { wear } from "./wear.ts";

/** They need no config. */
export const MACHINE_CHECKS: readonly Check<Machine>[] = [versions, rtc, power];

export const AGENT_CHECKS: readonly Check<Patient>[] = [control, clock, skew, disk, wear, spool, devices, sensors, collector];
