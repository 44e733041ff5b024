// Two habits of steps that work on batches: taking things in groups, and reading each thing once.

/** The things by a key of theirs, groups and members in the order in which they came. */
export function groupBy<T>(things: Iterable<T>, keyOf: (thing: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const thing of things) {
    const group = groups.get(keyOf(thing))
    if (group) group.push(thing)
    else groups.set(keyOf(thing), [thing])
  }
  return groups
}

/** A reading function that reads each key once, however often and at whatever moment it is asked. */
export function once<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const reading = new Map<string, Promise<T>>()
  return (key) => {
    const known = reading.get(key) ?? read(key)
    reading.set(key, known)
    return known
  }
}
