/**
 * configs: the three config files, written as a person would write them, for a person reads them afterwards.
 *
 * Paths in them are meant from their own folder. Each agent has filters, so that there is something to account for.
 */
import fs from "node:fs/promises";
import { MICROS_PER_DAY, MICROS_PER_SECOND } from "../../protocol/index.ts";

export const MACHINE = "this-machine";
export const GREENHOUSE = "greenhouse";

const STEP_SECONDS = 10;
const CHANNELS = ["temperature", "humidity", "soil_moisture", "light", "door"];

/** What the week must come to, reckoned without asking anybody. */
export const WEEK = {
  samples: (7 * MICROS_PER_DAY) / (STEP_SECONDS * MICROS_PER_SECOND),
  readings: ((7 * MICROS_PER_DAY) / (STEP_SECONDS * MICROS_PER_SECOND)) * CHANNELS.length,
  /** Every sample of these reaches the reports, one by one or inside a summary; deadbands thin out the others. */
  complete: ["temperature", "humidity", "light"].map((channel) => `${GREENHOUSE}/air/${channel}`),
};

/** @param mqtt port 0 = any free one. */
export function collectorConfig(mqtt: string): string {
  return `# The collector of the demo: tributary-collector run --config collector.yaml
listen: { mqtt: "${mqtt}", http: "127.0.0.1:0" } # port 0: any free one
data: collector # the folder with everything it keeps
control: collector.sock
`;
}

/** @param zones names of folders in /sys/class/thermal. */
export function machineConfig(collector: string, zones: readonly string[]): string {
  const thermal = zones.map(
    (zone) => `  - name: ${zone}
    driver: thermal # /sys/class/thermal/${zone}
    zone: ${Number(zone.replace(/\D/g, ""))}
    every: 1s
    channels:
      temperature:
        filters:
          - range: { min: -40, max: 150 } # outside: marked bad, in no average
`,
  );
  return `# This machine's own sensors: tributary-agent run --config machine.yaml
agent: ${MACHINE}
collector: ${collector}
spool: { path: machine.db, max_size: 100MB, keep_free: 100MB, commit_every: 1s }
send: { every: 2s }
control: machine.sock
sensors:
  - name: system
    driver: system
    every: 1s
    channels:
      load1:
      cpu_busy:
        filters:
          - range: { min: 0, max: 100 }
          - aggregate: { every: 5s } # min, max, sum and count leave, the readings stay here
      memory_used:
        filters:
          - deadband: { width: 0.5, heartbeat: 1m } # only where it moved, or after a minute
      disk_used:
        filters:
          - deadband: { width: 0.1, heartbeat: 1m }
${thermal.join("")}`;
}

export function greenhouseConfig(collector: string): string {
  return `# A simulated greenhouse, the last seven days: tributary-agent run --config greenhouse.yaml
agent: ${GREENHOUSE}
collector: ${collector}
spool: { path: greenhouse.db, max_size: 200MB, keep_free: 100MB, commit_every: 1s }
send: { every: 5s, max_readings: 2000 }
control: greenhouse.sock
sensors:
  - name: air
    driver: simulated
    profile: greenhouse
    seed: 7
    every: ${STEP_SECONDS}s # how far its samples are apart: for the coverage in reports
    replay: { from: now-7d, for: 7d, step: ${STEP_SECONDS}s, speed: max }
    channels:
      temperature:
        filters:
          - range: { min: -40, max: 85 } # outside: marked bad, in no average
      humidity:
      soil_moisture:
        filters:
          - deadband: { width: 0.3, heartbeat: 15m }
      light:
        filters:
          - aggregate: { every: 1m } # six readings leave as one summary
      door:
        filters:
          - deadband: { width: 0, heartbeat: 15m } # when it opens and closes, and every quarter of an hour
`;
}

/** Temperatures that the kernel itself shows: `thermal_zone0` ...; none on most virtual machines. */
export async function thermalZones(): Promise<string[]> {
  const names = await fs.readdir("/sys/class/thermal").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "EACCES") return []; // a kernel without thermal zones, or one that hides them
    throw error;
  });
  return names.filter((name) => /^thermal_zone\d+$/.test(name)).sort();
}
