import fc from "fast-check";
import { expect, test } from "vitest";
import { didYouMean, unknownKey } from "../../../protocol/index.ts";

const KEYS = ["every", "name", "driver", "stamp", "channels", "when_full", "max_size"];

test.each([
  ["evry", "every"],
  ["eevry", "every"],
  ["dirver", "driver"],
  ["Channels", "channels"],
  ["channel", "channels"],
  ["when-full", "when_full"],
  ["maxsize", "max_size"],
])("%s is taken for %s", (word, key) => {
  expect(unknownKey(word, KEYS)).toBe(`unknown key; did you mean "${key}"?`);
});

test("a word that is near nothing gets the list instead of a guess", () => {
  expect(unknownKey("interval", ["every", "name"])).toBe("unknown key; expected one of every, name");
  expect(didYouMean("x", ["every", "name"])).toBe("");
});

test("one slip anywhere in a word of four letters and more is understood", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abcdefgh"), minLength: 4, maxLength: 12 });
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom("insert", "delete", "replace", "swap"), (right, place, slip) => {
      const at = place % (right.length - 1);
      const [before, here = "", next = "", after] = [right.slice(0, at), right[at], right[at + 1], right.slice(at + 2)];
      const wrong = {
        insert: `${before}z${here}${next}`,
        delete: `${before}${next}`,
        replace: `${before}z${next}`,
        swap: `${before}${next}${here}`,
      }[slip];
      expect(didYouMean(`${wrong}${after}`, ["zzzzzzzzzzzzzzzzzzzz", right])).toContain(`"${right}"`);
    }),
  );
});

test("a giant word is answered at once", () => {
  expect(didYouMean("x".repeat(1_000_000), KEYS)).toBe("");
});
