import { describe, expect, test } from "vitest";
import * as amounts from "./amounts";

describe("what is typed", () => {
  test.each([
    ["5", 18, 5n * 10n ** 18n],
    [" 0.000000000000000001 ", 18, 1n],
    [".5", 6, 500_000n],
    ["1.", 2, 100n],
    ["007", 0, 7n],
    // Not a float's 4.35 * 100.
    ["4.35", 2, 435n],
    ["115792089237316195423570985008687907853269984665640564039457", 18, 115792089237316195423570985008687907853269984665640564039457n * 10n ** 18n],
  ])("%j with %i decimals", (text, decimals, amount) => {
    expect(amounts.parseAmount(text, decimals)).toBe(amount);
    expect(amounts.parseAmount(amounts.exactAmount(amount, decimals), decimals)).toBe(amount);
  });

  test.each(["", ".", "-1", "1e3", "1,5", "0x10", "1.001", "１"])("%j is no amount", (text) => {
    expect(amounts.parseAmount(text, 2)).toBeNull();
  });
});

describe("what is shown", () => {
  test.each([
    [0n, "0.00"],
    [1_234_500_000_000_000_000_000n, "1,234.50"],
    [10n ** 24n, "1,000,000.00"],
    [-185n * 10n ** 16n, "−1.85"],
    // Cut off: nobody is shown more than they have.
    [999_999_999_999_999_999n, "0.9999"],
    [1n, "<0.0001"],
  ])("%s", (amount, text) => {
    expect(amounts.shownAmount(amount, 18)).toBe(text);
  });

  test("a token without decimals", () => {
    expect(amounts.shownAmount(1234n, 0)).toBe("1,234");
  });

  test("odds, lines and chances", () => {
    expect([1.15, 2.1, 1000].map(amounts.hundredths).map(amounts.shownOdds)).toEqual(["1.15", "2.10", "1000.00"]);
    expect([-3, 0.75, 0].map(amounts.shownLine)).toEqual(["−3", "+0.75", "0"]);
    expect(amounts.shownChance("625000000000000000")).toBe("62.5%");
    expect(amounts.chanceNumber("625000000000000000")).toBe(62.5);
  });
});

test("a payout is rounded down, as the house does it", () => {
  expect(amounts.payoutOf(1001n, 185)).toBe(1851n);
});
