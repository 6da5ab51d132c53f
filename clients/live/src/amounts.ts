// Token amounts and odds, exactly: whole numbers of the smallest unit, and hundredths. No floats.

const TYPED = /^(\d*)(?:\.(\d*))?$/;

/** Return what somebody typed in the smallest unit, or null where that is no such amount. */
export function parseAmount(text: string, decimals: number): bigint | null {
  const [, whole = "", part = ""] = TYPED.exec(text.trim()) ?? [];
  if (!whole && !part) return null;
  // More digits than the token has would be rounded by somebody.
  if (part.length > decimals) return null;
  return BigInt(whole + part.padEnd(decimals, "0"));
}

/** Write an amount out, all of it: "1234.5". What `parseAmount` reads. */
export function exactAmount(amount: bigint, decimals: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const part = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${whole}${part && `.${part}`}`;
}

/**
 * Write an amount for reading: "1,234.50". Two decimals, or up to four where they say more;
 * what is left out is cut off, never rounded up.
 */
export function shownAmount(amount: bigint, decimals: number): string {
  const exact = exactAmount(amount, decimals);
  const [whole = "0", part = ""] = exact.replace("-", "").split(".");
  const shown = part.slice(0, 4).replace(/0+$/, "");
  const sign = amount < 0n ? "−" : "";
  if (whole === "0" && part && !shown) return `${sign}<0.0001`;
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  if (!part) return sign + grouped + (decimals ? ".00" : "");
  return `${sign}${grouped}.${shown.padEnd(2, "0")}`;
}

/** What a full win pays: the stake times the odds (hundredths), rounded down as the house does. */
export function payoutOf(stake: bigint, odds: number): bigint {
  return (stake * BigInt(odds)) / 100n;
}

/** 1.85, as JSON has it, in hundredths. */
export function hundredths(odds: number): number {
  return Math.round(odds * 100);
}

/** 185 as "1.85". */
export function shownOdds(odds: number): string {
  return `${Math.floor(odds / 100)}.${String(odds % 100).padStart(2, "0")}`;
}

/** A handicap as the side that it helps or hurts reads it: "−3", "+0.75", "0". */
export function shownLine(line: number): string {
  return line > 0 ? `+${line}` : line < 0 ? `−${-line}` : "0";
}

const WAD = 10n ** 18n;

/** A share's price in 10^18ths as a percentage: "62.5%". */
export function shownChance(price: string): string {
  const tenths = (BigInt(price) * 1000n + WAD / 2n) / WAD;
  return `${tenths / 10n}.${tenths % 10n}%`;
}

/** A share's price in 10^18ths as a number to draw, 0 to 100. */
export function chanceNumber(price: string): number {
  return Number((BigInt(price) * 100_000n) / WAD) / 1000;
}
