/**
 * nearest: the word a person probably meant, for "did you mean ...".
 *
 * Distance is optimal string alignment (Damerau 1964: insert, delete, replace, swap of two neighbours),
 * without regard to case. A word further than a third of its length is no suggestion but a guess.
 */

/** The candidate that is nearest to `word`; undefined where none is near. The first of equals wins. */
function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `; did you mean "every"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const meant = nearest(word.slice(0, 80), candidates);
  return meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
}

/** What is said about a key that nobody knows: the nearest one, else all there are. */
export function unknownKey(key: string, known: readonly string[]): string {
  const meant = didYouMean(key, known);
  if (meant !== "") return `unknown key${meant}`;
  return known.length === 0 ? "unknown key; none is expected here" : `unknown key; expected one of ${known.join(", ")}`;
}

function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(before, column - 2) + 1);
      current.push(cost);
    }
    [before, above] = [above, current];
  }
  return at(above, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
