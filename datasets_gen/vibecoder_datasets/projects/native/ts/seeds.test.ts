import assert from "node:assert/strict";
import test from "node:test";
import { canSow, depth, seedCount } from "./seeds.ts";

test("a bed takes at least one seed", () => {
  assert.equal(seedCount(100, 5), 4);
  assert.equal(seedCount(10, 50), 1);
});

test("depth by kind", () => {
  assert.equal(depth("pea"), 50);
  assert.equal(depth("rose"), 20);
});

test("no sowing in frost", () => {
  assert.equal(canSow(5, false), true);
  assert.equal(canSow(5, true), false);
  assert.equal(canSow(1, false), false);
});
