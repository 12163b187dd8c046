/**
 * problem-note: what the collector refused, in its own words, and what to do.
 */
import { Problem } from "./api.ts";
import { el } from "./element.ts";

/** @param problem anything else is a mistake of this page, and says so. */
export function problemNote(problem: unknown): HTMLElement {
  const note = (title: string, text: string, hint: string | undefined) =>
    el(
      "section",
      { class: "problem", role: "alert" },
      el("h2", {}, title),
      el("p", {}, text),
      hint === undefined ? undefined : el("p", {}, `→ ${hint}`),
    );
  if (problem instanceof Problem) return note(problem.code.replaceAll("_", " "), problem.message, problem.hint);
  return note("This page made a mistake", String(problem), "reload it; if it comes again, tell its makers what you did");
}
