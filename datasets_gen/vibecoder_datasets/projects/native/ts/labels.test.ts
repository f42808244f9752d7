import assert from "node:assert/strict";
import test from "node:test";
import { allLabelled, label, shelves } from "./labels.ts";

test("a label has three pieces", () => {
  assert.equal(label("sage", "salvia officinalis", 3, 11), "SAGE S.O. 03.11");
});

test("one pot without a label is enough", () => {
  assert.equal(allLabelled(["sage", "mint"]), true);
  assert.equal(allLabelled(["sage", ""]), false);
});

test("shelves are rounded up", () => {
  assert.equal(shelves(24), 2);
  assert.equal(shelves(25), 3);
});
