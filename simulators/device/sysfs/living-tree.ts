/**
 * living-tree: made-up chips in a tree, as they come, change, fail, go and come back.
 *
 * - Each chip has its own weather (a seed of its own); values are a pure function of seed and instant.
 * - Numbers (`iio:device0`, `hwmon0`) are given in the order of the list, and the other way round after each reboot:
 *   who trusts them reads another chip then.
 */
import { type EpochMicros, type Micros, micros } from "../../../protocol/index.ts";
import { type FaultWords, type FaultySensor, faultySensor, type PlannedFault } from "../../faults/index.ts";
import { profileOf, seedFor, simulatedSensor } from "../../waveforms/index.ts";
import { deviceFaults, type HasFault, ofValues } from "../device-faults.ts";
import type { Chip, Files } from "./chip.ts";
import { MACHINE, machineFiles } from "./machine-files.ts";
import type { Tree } from "./tree.ts";

export interface LivingTreeOptions {
  readonly seed: number;
  readonly chips: readonly Chip[];
  readonly faults: readonly PlannedFault<FaultWords>[];
  readonly first: EpochMicros;
}

interface Place {
  /** Where its files are. */
  readonly folder: string;
  /** What leads there. */
  readonly link: string;
}

const UPTIME_AT_START = micros(3_600_000_000);

export class LivingTree {
  readonly #tree: Tree;
  readonly #options: LivingTreeOptions;
  readonly #has: HasFault;
  readonly #weather: ReadonlyMap<Chip, FaultySensor>;
  readonly #mounted = new Map<Chip, Place>();
  #boots = 0;
  #bootedAt: EpochMicros;
  #isDown = false;

  constructor(tree: Tree, options: LivingTreeOptions) {
    const { seed, first, chips, faults } = options;
    const circumstances = { seed, first, now: first, step: micros(1) };
    const lies = ofValues(faults);
    this.#tree = tree;
    this.#options = options;
    this.#has = deviceFaults(faults, circumstances);
    this.#weather = new Map(
      chips.map((chip) => {
        const own = seedFor(seed, chip.name);
        return [chip, faultySensor(simulatedSensor(profileOf("weather"), own), lies, { ...circumstances, seed: own })];
      }),
    );
    this.#bootedAt = first;
  }

  async open(): Promise<void> {
    for (const folder of ["sys/bus/iio/devices", "sys/class/hwmon", "sys/class/thermal", "sys/bus/w1/devices"])
      await this.#tree.folder(folder);
    await this.#write("", MACHINE);
  }

  /** Makes the tree what it is at this instant. */
  async show(at: EpochMicros): Promise<void> {
    const isDown = this.#has("reboot", "", at);
    if (this.#isDown && !isDown) {
      this.#boots++;
      this.#bootedAt = at;
    }
    this.#isDown = isDown;
    for (const chip of this.#options.chips) await this.#showChip(chip, at, isDown || this.#has("vanish", chip.name, at));
    const up = micros(at - this.#bootedAt + (this.#boots === 0 ? UPTIME_AT_START : 0));
    await this.#write("", machineFiles(this.#options.seed, this.#boots, up as Micros));
    await this.#tree.reveal();
  }

  async #showChip(chip: Chip, at: EpochMicros, isGone: boolean): Promise<void> {
    const before = this.#mounted.get(chip);
    const place = isGone ? undefined : this.#placeOf(chip);
    if (before !== undefined && before.folder !== place?.folder) await this.#unmount(chip, before);
    if (place === undefined) return;
    await this.#write(`${place.folder}/`, { ...chip.still, ...(await this.#readings(chip, at, place)) });
    if (this.#mounted.has(chip)) return;
    if (chip.bus === "hwmon") await this.#tree.link(`${place.folder}/device`, chip.device);
    await this.#tree.link(place.link, place.folder);
    this.#mounted.set(chip, place);
  }

  /** Its readings, without those that cannot be read: these are made so. */
  async #readings(chip: Chip, at: EpochMicros, { folder }: Place): Promise<Files> {
    const weather = this.#weather.get(chip)?.tellingAt(at).values ?? {};
    const files = chip.moving(weather, (ailment) => this.#has(ailment, chip.name, at));
    if (this.#has("io_error", chip.name, at)) {
      for (const file of Object.keys(files)) await this.#tree.breakFile(`${folder}/${file}`);
      return {};
    }
    if (!this.#has("truncated", chip.name, at)) return files;
    return Object.fromEntries(Object.entries(files).map(([file, text]) => [file, text.slice(0, Math.floor(text.length / 2) - 1)]));
  }

  async #unmount(chip: Chip, { folder, link }: Place): Promise<void> {
    await this.#tree.remove(link);
    await this.#tree.remove(folder);
    this.#mounted.delete(chip);
  }

  #placeOf(chip: Chip): Place {
    const { bus, device, name } = chip;
    if (bus === "w1") return { folder: `${device}/${name}`, link: `sys/bus/w1/devices/${name}` };
    const siblings = this.#options.chips.filter((each) => each.bus === bus);
    const index = siblings.indexOf(chip);
    const number = this.#boots % 2 === 0 ? index : siblings.length - 1 - index;
    if (bus === "iio") return { folder: `${device}/iio:device${number}`, link: `sys/bus/iio/devices/iio:device${number}` };
    if (bus === "hwmon") return { folder: `${device}/hwmon/hwmon${number}`, link: `sys/class/hwmon/hwmon${number}` };
    return { folder: `${device}/thermal_zone${number}`, link: `sys/class/thermal/thermal_zone${number}` };
  }

  async #write(folder: string, files: Files): Promise<void> {
    for (const [file, text] of Object.entries(files)) await this.#tree.put(`${folder}${file}`, text);
  }
}
