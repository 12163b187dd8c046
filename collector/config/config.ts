/**
 * config: what the collector knows about itself after its YAML file, if there is one, was read and checked.
 */

import type { Micros } from "../../protocol/index.ts";
import type { BrokerPlace } from "../broker/contract.ts";
import type { ReportName } from "../report/format.ts";
import type { PeriodKind } from "../report/periods.ts";
import type { ReportFormat } from "../report/query.ts";

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

/** Who is answered over HTTP on the network. The control socket is guarded by its file mode. */
export interface HttpAccess {
  /** From where: this machine; private networks too (RFC 1918, link-local, ULA); everywhere. */
  readonly from: "loopback" | "private" | "all";
  /** Who may read without a token. */
  readonly withoutToken: "nobody" | "loopback";
}

/** The last whole one of these before a run; of `last` the length of its window. */
export type ReportSpan = PeriodKind | Micros;

export type ReportDestination =
  /** `file` is a template: `{name}-{from}.csv`. */
  | { readonly kind: "folder"; readonly folder: string; readonly file: string }
  | {
      readonly kind: "post";
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly tokenFile: string | undefined;
      readonly caFile: string | undefined;
      readonly timeout: Micros;
    }
  | {
      readonly kind: "mqtt";
      readonly broker: string;
      readonly topic: string;
      readonly user: string | undefined;
      readonly passwordFile: string | undefined;
      readonly timeout: Micros;
    };

/** A report that is made and delivered by itself. */
export interface ReportJob {
  /** Part of the identity of every delivery: another name is another report. */
  readonly name: string;
  /** Five fields or a nickname, in `timeZone`. */
  readonly cron: string;
  readonly timeZone: string;
  readonly report: ReportName;
  readonly span: ReportSpan;
  /** Patterns with commas between; undefined = every series. */
  readonly series: string | undefined;
  readonly format: ReportFormat;
  readonly columns: string | undefined;
  readonly mean: "time" | "samples" | undefined;
  /** For so long a run waits for readings that are still under way. */
  readonly wait: Micros;
  /** For so long it is tried again where it could not be delivered. */
  readonly retryFor: Micros;
  readonly to: ReportDestination;
}

export interface CollectorConfig {
  /** The file it came from; undefined = all defaults. */
  readonly file: string | undefined;
  /** Where MQTT is: `listen.mqtt`, or `broker` where it stands elsewhere. */
  readonly broker: BrokerPlace;
  readonly listen: { readonly http: Endpoint };
  readonly http: HttpAccess;
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
  readonly reports: readonly ReportJob[];
}
