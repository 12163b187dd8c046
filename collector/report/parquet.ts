/**
 * parquet: a report for data frames and query engines (Apache Parquet, snappy), series by series, ascending.
 *
 * - Typed columns, all nullable: counts INT64, numbers DOUBLE, `start` a UTC timestamp. Zone, version of its rules and
 *   the instant of making are in the file's key-value metadata too.
 * - Rows are collected into row groups of bounded size and handed on group by group. What grows with the report is the
 *   footer alone, for it stands at the end of the file: some 6 bytes a row.
 */
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { isoInstant } from "../../protocol/index.ts";
import { type Cell, type Column, FILE_COLUMNS } from "./columns.ts";
import type { ReportRow } from "./fold-row.ts";
import type { Format, ReportHead } from "./format.ts";

const ROWS_PER_GROUP = 8_192;
/** Whoever reads a part of the file skips row groups by these. Statistics of every column would be most of the footer. */
const SKIPPED_BY = new Set(["start", "series"]);

export const parquet: Format = {
  contentType: "application/vnd.apache.parquet",
  extension: ".parquet",
  columns: ["start", ...FILE_COLUMNS, "zone", "tzdata"],

  async *write(head, groups) {
    const bytes = new ByteWriter();
    const { columns } = head;
    const writer = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), kvMetadata: metadataOf(head), createdBy: "tributary" });
    let waiting: Cell[][] = columns.map(() => []);
    const flush = async () => {
      const data = columns.map(({ name, type }, index) => ({
        ...{ name, data: waiting[index]?.map(VALUES[type]) ?? [] },
        ...{ offsetIndex: false, statistics: SKIPPED_BY.has(name) },
      }));
      await writer.write({ columnData: data, rowGroupSize: ROWS_PER_GROUP });
      waiting = columns.map(() => []);
      return take(bytes);
    };
    const add = (row: ReportRow) => columns.forEach((column, index) => void waiting[index]?.push(column.of(row, head)));
    for await (const rows of groups) {
      rows.forEach(add);
      if ((waiting[0]?.length ?? 0) >= ROWS_PER_GROUP) yield await flush();
    }
    if ((waiting[0]?.length ?? 0) > 0) yield await flush();
    await writer.finish();
    yield take(bytes);
  },
};

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

const TYPES = {
  instant: { type: "INT64", converted_type: "TIMESTAMP_MICROS" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  number: { type: "DOUBLE" },
  count: { type: "INT64" },
} as const;

/** A cell as the writer wants it. */
const VALUES: Readonly<Record<Column["type"], (cell: Cell) => string | number | bigint | null>> = {
  instant: (cell) => (cell === null ? null : BigInt(cell)),
  text: (cell) => cell,
  number: (cell) => cell,
  count: (cell) => (cell === null ? null : BigInt(cell)),
};

function schemaOf(columns: readonly Column[]): Schema {
  const leaves = columns.map(({ name, type }) => ({ name, repetition_type: "OPTIONAL" as const, ...TYPES[type] }));
  return [{ name: "root", num_children: leaves.length }, ...leaves];
}

function metadataOf({ report, zone, tzdata, now }: ReportHead): { key: string; value: string }[] {
  return Object.entries({ report, zone, tzdata, made: isoInstant(now) }).map(([key, value]) => ({ key, value }));
}

/** What was written since the last time; the writer goes on counting offsets from the file's beginning. */
function take(bytes: ByteWriter): Uint8Array {
  const piece = bytes.getBytes().slice();
  bytes.index = 0;
  return piece;
}
