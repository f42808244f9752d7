import assert from "node:assert/strict";
import test from "node:test";
import { litres, minutes, wateringDays } from "./watering.ts";

test("litres by weather", () => {
  assert.equal(litres(2, "sun"), 16);
  assert.equal(litres(2, "rain"), 0);
  assert.equal(litres(2, "fog"), 10);
});

test("minutes are rounded up", () => {
  assert.equal(minutes(19), 2);
});

test("no watering after rain", () => {
  assert.deepEqual(wateringDays([0, 9, 0, 0]), [0, 3]);
});
