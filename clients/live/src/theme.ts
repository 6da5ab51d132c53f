// Light or dark: as the system says, until somebody chooses.

import { signal } from "@preact/signals";
import { kept } from "./kept";

export type Theme = "auto" | "light" | "dark";

const NEXT: Record<Theme, Theme> = { auto: "dark", dark: "light", light: "auto" };
const chosen = kept<Theme>("theme");

export const theme = signal<Theme>(chosen.read() ?? "auto");
/** Counts up whenever colors change: what is drawn on a canvas is drawn anew. */
export const painted = signal(0);

theme.subscribe((now) => {
  if (now === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = now;
  painted.value = painted.peek() + 1;
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  painted.value = painted.peek() + 1;
});

export function nextTheme(): void {
  theme.value = NEXT[theme.value];
  chosen.write(theme.value === "auto" ? null : theme.value);
}
