import assert from "node:assert/strict";
import test from "node:test";
import { gramsOf, report, shown } from "./harvest.ts";

const entries = [
  { crop: "pea", grams: 200 },
  { crop: "bean", grams: 900 },
  { crop: "pea", grams: 50 },
];

test("grams of a crop", () => {
  assert.equal(gramsOf(entries, "pea"), 250);
  assert.equal(gramsOf(entries, "leek"), 0);
});

test("the largest harvest comes first", () => {
  assert.deepEqual(report(entries), ["bean: 900 g", "pea: 250 g"]);
});

test("weights with their unit", () => {
  assert.equal(shown(1500), "1.5 kg");
  assert.equal(shown(20), "20 g");
});
