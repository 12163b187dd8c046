/**
 * report-kinds: which reports there are, what a row of each is called, and as which files they come.
 */
export const REPORTS = {
  hourly: { title: "Hourly", when: "hour" },
  daily: { title: "Daily", when: "day" },
  weekly: { title: "Weekly", when: "week" },
  monthly: { title: "Monthly", when: "month" },
} as const;

export type ReportKind = keyof typeof REPORTS;

export function reportKind(name: string | undefined): ReportKind {
  return name !== undefined && name in REPORTS ? (name as ReportKind) : "hourly";
}

/** By format: the ending of its file. */
export const FILES: Readonly<Record<string, string>> = { csv: "csv", json: "json", ndjson: "ndjson", markdown: "md", parquet: "parquet" };

/** Of a span: what the collector is asked for. `between` asks from and to instead. */
export const SPANS: Readonly<Record<string, string>> = {
  "24h": "Last 24 hours",
  today: "Today",
  yesterday: "Yesterday",
  "7d": "Last 7 days",
  "31d": "Last 31 days",
  "366d": "Last 366 days",
  between: "From … to",
};
