/**
 * clock-face: instants on the local clock of a zone, with its offset, so that an hour that occurs twice reads as two.
 */
export interface ClockFace {
  readonly zone: string;
  /** `2026-11-20 14:00 +01:00` of an instant in ms. */
  minute(at: number): string;
  /** `2026-11-20 14:00:07.250`, without an offset. */
  moment(at: number): string;
}

export function clockFace(zone: string): ClockFace {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
    ...{ hourCycle: "h23", fractionalSecondDigits: 3, timeZoneName: "longOffset" },
  });
  const parts = (at: number) => Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    zone,
    minute(at) {
      const { year, month, day, hour, minute, timeZoneName = "" } = parts(at);
      const offset = timeZoneName === "GMT" ? "+00:00" : timeZoneName.replace("GMT", "");
      return `${year}-${month}-${day} ${hour}:${minute} ${offset}`;
    },
    moment(at) {
      const { year, month, day, hour, minute, second, fractionalSecond } = parts(at);
      return `${year}-${month}-${day} ${hour}:${minute}:${second}${fractionalSecond === "000" ? "" : `.${fractionalSecond}`}`;
    },
  };
}
