/**
 * pi: a made-up Raspberry Pi with one of everything that is read from files, as a tree to scan and to run on.
 */
import fs from "node:fs/promises";
import { type Sysfs, sysfs } from "./sysfs.ts";

const CLIMATE = { in_temp_input: "21500\n", in_humidityrelative_input: "45100\n" };

/** A good answer of a DS18B20 at 25.0625 degrees, made by the rule of the data sheet. */
const WARM = "91 01 4b 46 7f ff 0f 10 25";
const ANSWER = `${WARM} : crc=25 YES\n${WARM} t=25062\n`;

/** A bare one: no sensors, no buses, what every Linux shows of itself. */
export async function barePi(): Promise<Sysfs> {
  const tree = await sysfs();
  await tree.write("proc/sys/kernel/random/boot_id", "00000000-0000-4000-8000-000000000000\n");
  await tree.write("proc/loadavg", "0.52 0.58 0.59 1/467 12345\n");
  await tree.write("proc/meminfo", "MemTotal:        4000000 kB\nMemFree:          200000 kB\nMemAvailable:    3000000 kB\n");
  await tree.write("proc/uptime", "12345.67 45000.00\n");
  await tree.write("proc/stat", "cpu  100 20 30 800 50 5 5 0 0 0\n");
  await tree.write("boot/firmware/config.txt", "");
  await tree.write("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n");
  await tree.write("sys/class/thermal/thermal_zone0/temp", "48312\n");
  return tree;
}

/** @param swap gives the kernel's numbers the other way round, as another boot might. */
export async function fullPi({ swap = false } = {}): Promise<Sysfs> {
  const tree = await barePi();
  const numbers = [0, 1, 2, 3, 4].toSorted((a, b) => (swap ? b - a : a - b)) as [number, number, number, number, number];
  await tree.iio(numbers[0], "1-0076", { name: "bme280\n", ...CLIMATE, in_pressure_input: "97.696777734\n" });
  await tree.iio(numbers[1], "1-0077", { name: "bme280\n", ...CLIMATE, in_pressure_input: "97.7\n" });
  await tree.iio(numbers[2], "dht11@4", { name: "dht11@4\n", ...CLIMATE });
  await tree.iio(numbers[3], "spi0.0", { name: "ltc9999\n", in_voltage0_raw: "512\n", in_voltage_scale: "2\n" });
  await tree.hwmon(numbers[0], "coretemp.0", { name: "coretemp\n", temp1_input: "50000\n", temp1_label: "Package id 0\n" });
  await tree.hwmon(numbers[1], "coretemp.1", { name: "coretemp\n", temp1_input: "51000\n", temp1_label: "Package id 1\n" });
  await tree.hwmon(numbers[2], "1-0044", { name: "sht3x\n", temp1_input: "21000\n", humidity1_input: "44000\n" });
  await tree.hwmon(numbers[3], "asus-nb-wmi", { name: "asus\n" });
  await tree.hwmon(5, "raspberrypi-hwmon", { name: "rpi_volt\n", in0_lcrit_alarm: "0\n" });
  await tree.oneWire("28-00000a1b2c3d", ANSWER);
  await tree.oneWire("28-00000a1b2c3e", ANSWER);
  await tree.write("dev/serial/by-id/usb-Arduino_Uno_7533-if00", "");
  await tree.write("dev/i2c-1", "");
  await thermalAsHwmon(tree, numbers[4]);
  return tree;
}

/** The kernel shows each thermal zone as a chip of hwmon too, whose device is the zone. */
async function thermalAsHwmon(tree: Sysfs, number: number): Promise<void> {
  const folder = `sys/class/hwmon/hwmon${number}`;
  await tree.write(`${folder}/name`, "cpu_thermal\n");
  await tree.write(`${folder}/temp1_input`, "48312\n");
  await fs.symlink(tree.join("sys/class/thermal/thermal_zone0"), tree.join(folder, "device"));
}
