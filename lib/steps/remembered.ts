// What takes long to get and stays as it is: got once per process, for all who ask meanwhile too.

/**
 * What `load` gave for its arguments, the last `max` times. A failure, or null, is told to who asked and not kept: the next one
 * tries again.
 */
export function remembered<Asked extends string[], T>(
  max: number,
  load: (...asked: Asked) => Promise<T>,
): (...asked: Asked) => Promise<T> {
  const kept = new Map<string, Promise<T>>()
  return (...asked) => {
    const key = asked.join('\0')
    const known = kept.get(key)
    if (known) return known
    const loading = load(...asked)
    const forget = () => kept.delete(key)
    kept.set(key, loading)
    loading.then((value) => value === null && forget(), forget)
    if (kept.size > max) {
      for (const oldest of kept.keys()) {
        kept.delete(oldest)
        break
      }
    }
    return loading
  }
}
