/**
 * table: the different integers of a column, in rising order, where they are few.
 */

export const LARGEST_TABLE = 1024;
/** Up to this many times as wide as the column is long, the integers are marked on a ruler; beyond, they are sorted. */
const RULER = 16;
/** A look at so many entries tells most columns of which more than half is different. */
const GLANCE = 48;

export interface Table {
  /** Different, rising. */
  readonly integers: Float64Array;
  /** The place of each integer of the column in the table. */
  readonly places: Float64Array;
}

/** Undefined where the column spans less than `dense`, or where more than half of it is different: a table would not pay. */
export function tableOf(column: Float64Array, dense: number): Table | undefined {
  let smallest = column[0] as number;
  let largest = smallest;
  for (let i = 1; i < column.length; i++) {
    const integer = column[i] as number;
    if (integer < smallest) smallest = integer;
    else if (integer > largest) largest = integer;
  }
  if (largest - smallest < dense) return undefined;
  const most = Math.min(column.length >> 1, LARGEST_TABLE);
  if (column.length > 4 * GLANCE && isVaried(column)) return undefined;
  return largest - smallest < RULER * column.length ? mark(column, smallest, largest, most) : sort(column, most);
}

/** Are nearly all of a few entries different? */
function isVaried(column: Float64Array): boolean {
  const stride = Math.floor(column.length / GLANCE);
  const sample = new Float64Array(GLANCE);
  for (let i = 0; i < GLANCE; i++) sample[i] = column[i * stride] as number;
  sample.sort();
  let different = 1;
  for (let i = 1; i < GLANCE; i++) if (sample[i] !== sample[i - 1]) different += 1;
  return different > GLANCE * 0.9;
}

function mark(column: Float64Array, smallest: number, largest: number, most: number): Table | undefined {
  const ruler = new Uint16Array(largest - smallest + 1);
  let different = 0;
  for (let i = 0; i < column.length; i++) {
    const place = (column[i] as number) - smallest;
    if (ruler[place] === 1) continue;
    ruler[place] = 1;
    different += 1;
    if (different > most) return undefined;
  }
  const table = new Float64Array(different);
  let size = 0;
  for (let i = 0; i < ruler.length; i++) {
    if (ruler[i] === 0) continue;
    ruler[i] = size;
    table[size++] = smallest + i;
  }
  const places = new Float64Array(column.length);
  for (let i = 0; i < column.length; i++) places[i] = ruler[(column[i] as number) - smallest] as number;
  return { integers: table, places };
}

function sort(column: Float64Array, most: number): Table | undefined {
  const sorted = column.slice().sort();
  const table = new Float64Array(most);
  let size = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i > 0 && sorted[i] === sorted[i - 1]) continue;
    if (size === most) return undefined;
    table[size++] = sorted[i] as number;
  }
  const integers = table.subarray(0, size);
  const places = new Float64Array(column.length);
  for (let i = 0; i < column.length; i++) places[i] = placeIn(integers, column[i] as number);
  return { integers, places };
}

function placeIn(table: Float64Array, integer: number): number {
  let low = 0;
  let high = table.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((table[middle] as number) < integer) low = middle + 1;
    else high = middle;
  }
  return low;
}
