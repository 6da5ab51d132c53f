// What outlives a visit. A browser that keeps nothing still shows the page.

export interface Kept<T> {
  read(): T | null;
  write(value: T | null): void;
}

/** Return a place of this page in the browser's storage. */
export function kept<T>(name: string): Kept<T> {
  const key = `kmarket.${name}`;
  return {
    read() {
      try {
        return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
      } catch {
        return null;
      }
    },
    write(value) {
      try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // Private windows and full disks: it is as if it were chosen for this visit alone.
      }
    },
  };
}
