/**
 * sysfs: a tree as the kernel shows it, made in a temp folder: files by their paths, and links as real sysfs has
 * them, where a class or bus holds links into `/sys/devices`.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { type TempDir, tempDir } from "./temp-dir.ts";

export interface Sysfs extends TempDir {
  /** Writes a file of the tree, path without a slash in front. */
  write(file: string, text: string): Promise<void>;
  /** A device on the IIO bus, at a place like `1-0076`. */
  iio(number: number, place: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** A chip of hwmon, whose device is at a place like `1-0044`; `deviceFiles` are those of the device. */
  hwmon(
    number: number,
    place: string,
    files: Readonly<Record<string, string>>,
    deviceFiles?: Readonly<Record<string, string>>,
  ): Promise<string>;
  /** A sensor on the 1-Wire bus, and what it answers. */
  oneWire(id: string, answer: string): Promise<string>;
}

/** Parent of devices by the form of their place: that is what the kernel's paths look like. */
function parentOf(place: string): string {
  const i2c = /^(\d+)-/.exec(place)?.[1];
  return i2c === undefined ? "sys/devices/platform" : `sys/devices/platform/soc/fe804000.i2c/i2c-${i2c}`;
}

export async function sysfs(): Promise<Sysfs> {
  const dir = await tempDir();
  const write = async (file: string, text: string) => {
    await fs.mkdir(path.dirname(dir.join(file)), { recursive: true });
    await fs.writeFile(dir.join(file), text);
  };
  const linked = async (link: string, folder: string, files: Readonly<Record<string, string>>) => {
    await fs.mkdir(dir.join(folder), { recursive: true });
    for (const [name, text] of Object.entries(files)) await write(`${folder}/${name}`, text);
    await fs.mkdir(path.dirname(dir.join(link)), { recursive: true });
    await fs.symlink(path.relative(path.dirname(dir.join(link)), dir.join(folder)), dir.join(link));
    return dir.join(folder);
  };
  return {
    ...dir,
    write,
    iio: (number, place, files) =>
      linked(`sys/bus/iio/devices/iio:device${number}`, `${parentOf(place)}/${place}/iio:device${number}`, files),
    async hwmon(number, place, files, deviceFiles = {}) {
      const device = `${parentOf(place)}/${place}`;
      for (const [name, text] of Object.entries(deviceFiles)) await write(`${device}/${name}`, text);
      const folder = await linked(`sys/class/hwmon/hwmon${number}`, `${device}/hwmon/hwmon${number}`, files);
      await fs.symlink("../..", path.join(folder, "device"));
      return folder;
    },
    async oneWire(id, answer) {
      return linked(`sys/bus/w1/devices/${id}`, `sys/devices/w1_bus_master1/${id}`, { w1_slave: answer, name: `${id}\n` });
    },
  };
}

/** A file whose read fails with EIO: the first page of this process' memory is never mapped. */
export async function breakFile(file: string): Promise<void> {
  await fs.rm(file);
  await fs.symlink("/proc/self/mem", file);
}
