/**
 * config: what the collector knows about itself after its YAML file, if there is one, was read and checked.
 */

/** Where to listen. Port 0 = any free one. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Values of the series that fit the pattern are refused (`out_of_range`) outside the range, borders allowed. */
export interface RangeRule {
  /** `greenhouse-*\/air/temperature`: see `seriesMatcher`. */
  readonly series: string;
  readonly range: { readonly min: number; readonly max: number };
}

export interface CollectorConfig {
  /** The file it came from; undefined = all defaults. */
  readonly file: string | undefined;
  readonly listen: { readonly mqtt: Endpoint; readonly http: Endpoint };
  /** Absolute path of the folder with everything the collector keeps. Made when it runs. */
  readonly data: string;
  /** IANA name: the zone of reports that ask for none. */
  readonly timeZone: string;
  /** Absolute path of the control socket. */
  readonly control: string;
  /** Topic prefix, at most two levels. */
  readonly prefix: string;
  /** A name of `STORES`. */
  readonly store: { readonly kind: string };
  /** The first rule that fits a series decides. */
  readonly rules: readonly RangeRule[];
}
