// How prices come: always in sight, and in words where they can't be relied on.

import { computed, signal, useSignalEffect } from "@preact/signals";
import { type Line, line, lostAt, tryNow } from "../house";
import { t, when, type Word } from "../words";

const WORDS: Record<Line, Word> = {
  connecting: "lineConnecting",
  live: "lineLive",
  catching_up: "lineCatchingUp",
  offline: "lineOffline",
  stopped: "lineOffline",
};
// To take one more market in takes less: that is not worth a word.
const BRIEF_MS = 400;

const shownLine = signal<Line>(line.peek());
const isLost = computed(() => lostAt.value !== null);

/** In the header. */
export function LineState() {
  useSignalEffect(() => {
    const now = line.value;
    const isBrief = now === "catching_up" && shownLine.peek() === "live";
    const timer = setTimeout(() => (shownLine.value = now), isBrief ? BRIEF_MS : 0);
    return () => clearTimeout(timer);
  });
  return (
    <span class="line" data-line={shownLine.value} role="status">
      {t(WORDS[shownLine.value])}
    </span>
  );
}

/** Across the page, while what it shows may be old. */
export function LineBanner() {
  const now = line.value;
  if (!isLost.value || now === "live") return null;
  const words =
    now === "catching_up" ? t("lineCatchingUpLong") : t("lineOfflineSince", { time: when.seconds(lostAt.value ?? 0) });
  return (
    <div class="banner" role="alert">
      <p>{words}</p>
      {(now === "offline" || now === "stopped") && (
        <button type="button" class="button small" onClick={tryNow}>
          {t("tryAgain")}
        </button>
      )}
    </div>
  );
}
