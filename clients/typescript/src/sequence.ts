// The rule of docs/odds-feed.md, as functions of what a client has and what has come.

/** What an update says of its place among its market's. */
export interface Numbered {
  seq: number;
  /** The first of those that it stands for; absent: it stands for itself. */
  from_seq?: number;
}

/** A whole state's place: its number, and the history that this number belongs to. */
export interface Placed {
  seq: number;
  epoch: string;
}

/** What to do with an update, for a client that has applied `last`. */
export function judge(
  last: number,
  { seq, from_seq: from = seq }: Numbered,
): "apply" | "ignore" | "gap" {
  if (seq <= last) return "ignore";
  return from <= last + 1 ? "apply" : "gap";
}

/** Whether a whole state replaces what the client has: it is newer, or of another history. */
export function replaces(whole: Placed, had: Placed | undefined): boolean {
  return had === undefined || whole.epoch !== had.epoch || whole.seq > had.seq;
}
