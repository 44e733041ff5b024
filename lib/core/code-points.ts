// Texts in the order in which Python has them.

/** Python's order of texts. JavaScript's own compares UTF-16 units, which puts astral characters before U+E000. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) {
      return (a.codePointAt(i) ?? 0) - (b.codePointAt(i) ?? 0)
    }
  }
  return a.length - b.length
}
