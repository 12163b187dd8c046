/**
 * statements: each SQL text of the spool is compiled once. To compile is half of what a small query costs, and a small
 * device asks the same few dozen for years.
 */
import type Database from "better-sqlite3";

/** Makes `prepare` give the same statement for the same text; one that is being iterated is left alone. */
export function rememberStatements(db: Database.Database): Database.Database {
  const prepare = db.prepare.bind(db) as (source: string) => Database.Statement;
  const known = new Map<string, Database.Statement>(); // bounded: the texts are those of the source
  const remembered = (source: string) => {
    const statement = known.get(source) ?? prepare(source);
    known.set(source, statement);
    return statement.busy ? prepare(source) : statement;
  };
  return Object.assign(db, { prepare: remembered as typeof db.prepare });
}
