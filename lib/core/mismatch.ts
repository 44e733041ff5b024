// What is wrong with a value, and which of many faults to tell of: the choice that Python's jsonschema makes.

/** One thing that is wrong. */
export interface Mismatch {
  /** Keys and indexes from the parameters' root. */
  path: (string | number)[]
  message: string
  keyword: string
  /** Whether the value has the type that the failed schema asks for: such a schema was probably meant. */
  hasType: boolean
  /** For anyOf and oneOf: what each alternative says. */
  context: Mismatch[]
}

/**
 * The mismatch that tells most, by jsonschema's best_match: the shallowest, of siblings the last in order of keys, and of a failed
 * choice the alternative that stands out as the one meant; when none does, the choice itself.
 */
export function mostRelevant(found: Mismatch[]): Mismatch | undefined {
  let best = found.toSorted(byRelevance).at(0)
  while (best && best.context.length > 0) {
    const [next, least] = best.context.toSorted(byRelevance).slice(-2).toReversed()
    if (!next || (least && byRelevance(least, next) === 0)) break
    best = next
  }
  return best
}

/** The more relevant first. */
function byRelevance(a: Mismatch, b: Mismatch): number {
  const isChoice = ({ keyword }: Mismatch) => keyword === 'anyOf' || keyword === 'oneOf'
  return (
    a.path.length - b.path.length ||
    comparePaths(b.path, a.path) ||
    Number(isChoice(a)) - Number(isChoice(b)) ||
    Number(a.hasType) - Number(b.hasType)
  )
}

function comparePaths(a: (string | number)[], b: (string | number)[]): number {
  for (const [i, key] of a.entries()) {
    const other = b[i] ?? ''
    if (key !== other) return key < other ? -1 : 1
  }
  return 0
}
