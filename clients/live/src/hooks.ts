// What several views do: load, follow, hear, know the time.

import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { follow, hear, type HouseEvent } from "./house";

export interface Loaded<T> {
  /** The newest that came; undefined before the first. */
  value: T | undefined;
  /** Why the last try failed. */
  problem: unknown;
  isLoading: boolean;
  again: () => void;
}

/** Load something, and anew when `what` changes. What is there stays until the next one comes. */
export function useLoaded<T>(what: string, load: () => Promise<T>): Loaded<T> {
  const state = useMemo(() => signal<Omit<Loaded<T>, "again">>({ value: undefined, problem: null, isLoading: true }), []);
  const turn = useRef(0);
  const run = useRef(() => {});
  run.current = () => {
    const mine = ++turn.current;
    state.value = { ...state.peek(), isLoading: true };
    load().then(
      (value) => {
        if (mine === turn.current) state.value = { value, problem: null, isLoading: false };
      },
      (problem: unknown) => {
        if (mine === turn.current) state.value = { ...state.peek(), problem, isLoading: false };
      },
    );
  };
  useEffect(() => {
    run.current();
    return () => void turn.current++;
  }, [what]);
  const again = useMemo(() => () => run.current(), []);
  return { ...state.value, again };
}

/** Follow markets' prices while the view is there. */
export function useFollow(ids: number[]): void {
  useEffect(() => (ids.length ? follow(ids) : undefined), [ids.join()]);
}

/** Hear what the house tells while the view is there. */
export function useHear(listener: (event: HouseEvent) => void): void {
  const newest = useRef(listener);
  newest.current = listener;
  useEffect(() => hear((event) => newest.current(event)), []);
}

/** Call something a moment after the last of several reasons for it. */
export function useSoon(act: () => void, afterMs = 250): () => void {
  const newest = useRef(act);
  newest.current = act;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useMemo(
    () => () => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => newest.current(), afterMs);
    },
    [],
  );
}

// Of what counts down, and of matches that begin.
export const minute: Signal<number> = signal(Date.now());
setInterval(() => {
  minute.value = Date.now();
}, 15_000);
