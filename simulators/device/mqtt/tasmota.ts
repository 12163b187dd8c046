/**
 * tasmota: boards with a BME280 and Tasmota, each with a connection of its own.
 *
 * `tele/NAME/LWT` (retained, and the last will), `tele/NAME/SENSOR` and `tele/NAME/STATE`, and `stat/NAME/STATUS8` for
 * whoever asks `cmnd/NAME/STATUS` with 8. Its time is local and says no zone: the hour in which clocks are set back
 * comes twice. From its documentation, "MQTT" and "Commands".
 */
import { Temporal } from "temporal-polyfill";
import { type EpochMicros, MICROS_PER_MS, MICROS_PER_SECOND } from "../../../protocol/index.ts";
import type { Connection, Ecosystem, Report } from "./ecosystem.ts";

export const tasmota: Ecosystem = {
  name: "tasmota",
  about: "boards with a BME280, local time without a zone",
  connections: (devices, { timeZone, first }) => devices.map((device) => board(device, timeZone, first)),
  config: (device, broker, timeZone) => [
    `- name: ${device}`,
    "  driver: mqtt",
    `  broker: ${broker}`,
    `  topic: tele/${device}/SENSOR`,
    "  tasmota: { sensor: BME280, fields: [Temperature, Humidity, Pressure] }",
    "  at: /Time",
    `  time_zone: ${timeZone}`,
  ],
};

/** @param began when it was switched on. */
function board(device: string, zone: string, began: EpochMicros): Connection {
  const life = (isThere: boolean) => ({ topic: `tele/${device}/LWT`, payload: isThere ? "Online" : "Offline", retain: true });
  return {
    devices: [device],
    will: life(false),
    birth: [life(true)],
    farewell: [life(false)],
    report(report) {
      const seconds = Math.max(0, Math.floor((report.at - began) / MICROS_PER_SECOND));
      const state = {
        ...timeOf(report, zone),
        Uptime: uptime(seconds),
        UptimeSec: seconds,
        Heap: 25,
        Wifi: { AP: 1, RSSI: 78, Signal: -61 },
      };
      return [
        { topic: `tele/${device}/SENSOR`, payload: JSON.stringify(sensors(report, zone)) },
        { topic: `tele/${device}/STATE`, payload: JSON.stringify(state) },
      ];
    },
    presence: (_device, isThere) => [life(isThere)],
    commands: {
      topic: `cmnd/${device}/+`,
      answer(topic, payload, ask) {
        const isStatus = /\/status$/i.test(topic) && /^(8|10)$/.test(payload.trim());
        if (isStatus)
          return [{ topic: `stat/${device}/STATUS${payload.trim()}`, payload: JSON.stringify({ StatusSNS: sensors(ask(), zone) }) }];
        return [{ topic: `stat/${device}/RESULT`, payload: JSON.stringify({ Command: "Unknown" }) }];
      },
    },
  };
}

function sensors(report: Report, zone: string): object {
  const { temperature = 0, humidity = 0, pressure = 0 } = report.values;
  const air = {
    Temperature: tenths(temperature),
    Humidity: tenths(humidity),
    DewPoint: tenths(dewPoint(temperature, humidity)),
    Pressure: tenths(pressure),
  };
  return { ...timeOf(report, zone), BME280: air, PressureUnit: "hPa", TempUnit: "C" };
}

function timeOf({ at, hasTime }: Report, zone: string): { readonly Time?: string } {
  if (!hasTime) return {};
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(at / MICROS_PER_MS));
  return { Time: instant.toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: "second" }) };
}

/** `0T03:12:45` */
function uptime(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map((each) =>
    String(each).padStart(2, "0"),
  );
  return `${Math.floor(seconds / 86_400)}T${hours}:${minutes}:${rest}`;
}

/** Magnus' formula with the constants of Sonntag (1990), over water. */
function dewPoint(degrees: number, humidity: number): number {
  const share = Math.log(Math.max(humidity, 1) / 100) + (17.62 * degrees) / (243.12 + degrees);
  return (243.12 * share) / (17.62 - share);
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
