// What comes next, by time: a binary heap, because schedules come and go by the thousand.
import type { Micros } from './time.ts'

/** Things by when they are due; of one moment, in no particular order. */
export interface Agenda<T> {
  add(at: Micros, what: T): void
  /** The earliest time in it, or null when it is empty. */
  nextAt(): Micros | null
  /** Removes and answers what is earliest. */
  take(): T | null
}

/** An empty one. Adding and taking cost the logarithm of what is in it. */
export function agenda<T>(): Agenda<T> {
  const heap: { at: Micros; what: T }[] = []
  const at = (i: number) => heap[i]?.at ?? Infinity

  function swap(i: number, j: number): void {
    const [a, b] = [heap[i], heap[j]]
    if (!a || !b) return
    heap[i] = b
    heap[j] = a
  }

  function sink(i: number): void {
    const left = 2 * i + 1
    const least = at(left) <= at(left + 1) ? left : left + 1
    if (at(least) >= at(i)) return
    swap(i, least)
    sink(least)
  }

  return {
    add(moment, what) {
      heap.push({ at: moment, what })
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1
        if (at(parent) <= at(i)) return
        swap(i, parent)
        i = parent
      }
    },
    nextAt: () => heap[0]?.at ?? null,
    take() {
      swap(0, heap.length - 1)
      const taken = heap.pop()
      sink(0)
      return taken?.what ?? null
    },
  }
}
