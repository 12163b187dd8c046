/**
 * sysfs: `tributary-simulate device sysfs` keeps a `/sys` alive in a folder, with chips as the Linux kernel shows them.
 */
import { type Command, Option } from "commander";
import { duration, Fault, type Micros } from "../../../protocol/index.ts";
import { option, type Surroundings } from "../../command.ts";
import { faultLines, faultOption } from "../../fault-options.ts";
import type { FaultWords, PlannedFault } from "../../faults/index.ts";
import { refuseUnknownParts } from "../device-faults.ts";
import { Life, type LifeOptions, lifeOptions } from "../life.ts";
import type { Chip } from "./chip.ts";
import { LivingTree } from "./living-tree.ts";
import { allChips } from "./registry.ts";
import { SYSFS_FAULTS } from "./sysfs-faults.ts";
import { Tree } from "./tree.ts";

interface SysfsOptions extends LifeOptions {
  readonly dir: string;
  readonly chips?: readonly string[];
  readonly every: Micros;
  readonly fault: readonly PlannedFault<FaultWords>[];
}

const HELP = `
Chips:
${allChips()
  .map(({ name, bus }) => `  ${name.padEnd(18)}${bus}`)
  .join("\n")}

Faults (=RATE is the share of time or of readings, ,chips=NAME+NAME for some chips alone):
${faultLines(SYSFS_FAULTS)}

Examples:
  A machine with one of everything, read by an agent:
    tributary-simulate device sysfs --dir ./pi
    tributary-agent scan --root ./pi --write agent.yaml
    tributary-agent run --config agent.yaml
  Two BME280 that change their numbers, and one that comes loose:
    tributary-simulate device sysfs --dir ./pi --chips bme280@1-0076,bme280@1-0077 --fault reboot=0.05 --fault vanish=0.1,chips=bme280@1-0077
  A day in 24 minutes, with a DHT11 as they are:
    tributary-simulate device sysfs --dir ./pi --speed 60x --fault io_error=0.25,chips=dht11@4`;

export function addSysfs(device: Command, surroundings: Surroundings): void {
  lifeOptions(device.command("sysfs"))
    .description("a folder that looks like the /sys of a machine with sensors, and lives")
    .requiredOption("--dir <folder>", "where it stands; new, empty, or one of before")
    .addOption(new Option("--chips <names>", "these alone, joined by commas (default: all)").argParser((text) => text.split(",")))
    .addOption(option("--every <duration>", "how often its files change", duration(), "1s"))
    .addOption(faultOption(SYSFS_FAULTS, "vanish=0.05"))
    .addHelpText("after", HELP)
    .action((options: SysfsOptions) => run(options, surroundings));
}

async function run(options: SysfsOptions, surroundings: Surroundings): Promise<void> {
  const chips = chosen(options.chips);
  refuseUnknownParts(
    options.fault,
    chips.map(({ name }) => name),
  );
  const tree = await Tree.open(options.dir);
  const life = new Life(options, surroundings);
  const living = new LivingTree(tree, { seed: options.seed, chips, faults: options.fault, first: life.first });
  await living.open();
  await living.show(life.now());
  surroundings.stdout.write(greeting(tree.root, chips));
  await life.each("next state of the tree", options.every, () => living.show(life.now()));
}

function chosen(names: readonly string[] | undefined): readonly Chip[] {
  const all = allChips();
  const unknown = names?.find((name) => !all.some((chip) => chip.name === name));
  if (unknown !== undefined) {
    throw new Fault("unknown_chip", `--chips: expected names of chips, got ${JSON.stringify(unknown)}`, {
      hint: `there are ${all.map(({ name }) => name).join(", ")}`,
    });
  }
  return all.filter(({ name }) => names === undefined || names.includes(name));
}

function greeting(root: string, chips: readonly Chip[]): string {
  return `A machine with ${chips.length} chips lives in ${root} (Ctrl-C ends it; the folder stays).
An agent for it:
  tributary-agent scan --root ${root} --write agent.yaml
  tributary-agent run --config agent.yaml
Or paste into a config of yours:
  root: ${root}
  sensors:
    - { name: air, driver: iio, device: bme280, address: 1-0076, every: 10s }
    - { name: probe, driver: one_wire, id: 28-00000a1b2c3d, every: 10s }
    - { name: board, driver: hwmon, chip: sht3x, every: 10s }
`;
}
