// The language: what the browser asks for, until somebody chooses the other one.

import { computed, signal } from "@preact/signals";
import { ApiError } from "kmarket-client";
import { kept } from "./kept";
import { en, type Words } from "./words/en";
import { BY_CODE, REFUSALS } from "./words/refusals";
import { zh } from "./words/zh";

export type Language = "en" | "zh";
export type Word = { [Name in keyof Words]: Words[Name] extends string ? Name : never }[keyof Words];
export type Values = Record<string, string | number>;

const LANGUAGES: Record<Language, { words: Words; locale: string }> = {
  en: { words: en, locale: "en" },
  zh: { words: zh, locale: "zh-Hans" },
};
const chosen = kept<Language>("language");

export const language = signal<Language>(chosen.read() ?? preferred());
/** As dates and numbers are written: the browser's own English where it has one. */
export const locale = computed(() => {
  const own = navigator.languages.find((tag) => tag.startsWith(language.value));
  return own ?? LANGUAGES[language.value].locale;
});

function preferred(): Language {
  const first = navigator.languages.find((tag) => /^(en|zh)\b/.test(tag));
  return first?.startsWith("zh") ? "zh" : "en";
}

export function chooseLanguage(to: Language): void {
  language.value = to;
  chosen.write(to);
}

language.subscribe((now) => {
  document.documentElement.lang = LANGUAGES[now].locale;
});

/** Say something in the chosen language, with {values} filled in. */
export function t(word: Word, values: Values = {}): string {
  return filled(LANGUAGES[language.value].words[word], values);
}

/** Say in words why something was refused. `amount` writes an amount of `details` out. */
export function whyNot(problem: unknown, amount: (digits: string) => string = String): string {
  if (!(problem instanceof ApiError)) return problem instanceof Error ? problem.message : String(problem);
  const known = REFUSALS[problem.reason ?? ""] ?? BY_CODE[problem.code];
  if (!known) return problem.message;
  const values: Values = {};
  for (const [name, value] of Object.entries(problem.details ?? {})) {
    values[name] = typeof value === "string" && /^\d+$/.test(value) ? amount(value) : String(value);
  }
  return filled(known[language.value === "zh" ? 1 : 0], values);
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

const formats = computed(() => ({
  time: new Intl.DateTimeFormat(locale.value, { hour: "2-digit", minute: "2-digit" }),
  seconds: new Intl.DateTimeFormat(locale.value, { timeStyle: "medium" }),
  day: new Intl.DateTimeFormat(locale.value, { weekday: "long", day: "numeric", month: "long" }),
  both: new Intl.DateTimeFormat(locale.value, {
    ...{ weekday: "short", day: "numeric", month: "short" },
    ...{ hour: "2-digit", minute: "2-digit" },
  }),
  relative: new Intl.RelativeTimeFormat(locale.value, { numeric: "auto" }),
}));

/** Moments, in ms since 1970, as the clock on the wall says them. */
export const when = {
  time: (ms: number) => formats.value.time.format(ms),
  seconds: (ms: number) => formats.value.seconds.format(ms),
  both: (ms: number) => formats.value.both.format(ms),
  /** "Today", "Tomorrow", or the day. */
  day: (ms: number, now = Date.now()) => {
    const days = Math.round((startOfDay(ms) - startOfDay(now)) / 86_400_000);
    const name =
      Math.abs(days) <= 1 ? formats.value.relative.format(days, "day") : formats.value.day.format(ms);
    return name.charAt(0).toLocaleUpperCase(locale.value) + name.slice(1);
  },
  /** "in 5 hours", of what is less than two days away. */
  until: (ms: number, now = Date.now()) => {
    const minutes = Math.round((ms - now) / 60_000);
    if (minutes < 1 || minutes > 48 * 60) return "";
    return minutes < 90
      ? formats.value.relative.format(minutes, "minute")
      : formats.value.relative.format(Math.round(minutes / 60), "hour");
  },
};

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}
