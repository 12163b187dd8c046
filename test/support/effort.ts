/**
 * effort: how hard a proof tries, in one place.
 *
 * Every test that could run longer takes its count from here, so that `npm run test:quick` answers in under
 * a minute, `npm test` in a few, and `npm run prove` runs the full counts. The level comes from
 * TRIBUTARY_EFFORT (quick, test, prove; default test), which the scripts in package.json set.
 */
const LEVELS = ["quick", "test", "prove"] as const;
type Level = (typeof LEVELS)[number];

/** The count of this run: `effort("spool-model", { quick: 50, test: 200, prove: 500 })`. `prove` prints it, for claims quote it. */
export function effort(what: string, counts: Readonly<Record<Level, number>>, environment: NodeJS.ProcessEnv = process.env): number {
  const level = levelOf(environment);
  if (level === "prove") console.info(`${what}: ${counts.prove}`);
  return counts[level];
}

/** The time limit of a test, in milliseconds. Full counts take as long as they take: there it only ends what hangs. */
export function limitMs(usual: number, environment: NodeJS.ProcessEnv = process.env): number {
  return levelOf(environment) === "prove" ? usual * 60 : usual;
}

function levelOf(environment: NodeJS.ProcessEnv): Level {
  const asked = environment.TRIBUTARY_EFFORT ?? "test";
  const level = LEVELS.find((name) => name === asked);
  if (level === undefined) throw new Error(`TRIBUTARY_EFFORT: expected one of ${LEVELS.join(", ")}, got ${JSON.stringify(asked)}`);
  return level;
}
