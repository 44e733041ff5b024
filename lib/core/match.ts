// Whether an event concerns a trigger, and which of its buckets. The rules are Prefect's, including those nobody would invent:
// names pass a glob and a regular expression that disagree about `*`, `?` and `[`.
import { createHash } from 'node:crypto'
import type {
  CompiledSpecification,
  CompiledTrigger,
  ForEach,
  ListedName,
} from './compiled-trigger.ts'
import type { Event, RelatedResource, Resource } from './event.ts'
import { matchesGlob, matchesPattern, type Pattern } from './glob.ts'

/** Events of this name are never evaluated, by any trigger: flows write them in masses. */
export const NEVER_EVALUATED = 'prefect.log.write'

/** A label of a related resource: `off` keeps an event from all triggers, and from the bus. So are events sent again. */
export const ACTIONS_LABEL = 'tripline.actions'

/** Whether an event may have consequences. All others are in the feed, and that is all. */
export const isEvaluated = ({ event, related }: Pick<Event, 'event' | 'related'>): boolean =>
  event !== NEVER_EVALUATED && !related.some((resource) => resource[ACTIONS_LABEL] === 'off')

/** Whether the trigger may react to the event in any way: its name is listed in `expect` or `after`, its resources match. */
export const isInterested = (trigger: CompiledTrigger, event: Event): boolean =>
  isInterestedInName(trigger, event.event) && coversResources(trigger, event)

/**
 * Whether a name is let in by `expect` and `after` together. Two checks, each over all listed names, and not necessarily passed
 * by the same one: a glob without negation, and Prefect's pre-check, in which only `*` is special and stands for at least one
 * character. So `x.*` takes not `x.`, but beside `x` it does.
 */
export const isInterestedInName = (
  { names }: Pick<CompiledTrigger, 'names'>,
  name: string,
): boolean => {
  let isMatched = false
  let isPassed = false
  for (const listed of names.listed) {
    isMatched ||= matchesGlob(listed.glob, name)
    isPassed ||= passesPrecheck(listed, name)
  }
  return isMatched && isPassed
}

/** Whether the name is one the trigger counts. Globs only; ask `isInterestedInName` first. */
export const expects = ({ names }: CompiledTrigger, name: string): boolean =>
  matchesAny(names.expect, name)

/** Whether the name is one that makes the trigger begin to count. Globs only; ask `isInterestedInName` first. */
export const startsAfter = ({ names }: CompiledTrigger, name: string): boolean =>
  matchesAny(names.after, name)

/** Whether the primary resource meets `match`, and some related resource each of `match_related`. */
export const coversResources = ({ match, matchRelated }: CompiledTrigger, event: Event): boolean =>
  meets(event.resource, match) && coversRelated(matchRelated, event)

/** Whether each specification is met by some related resource, the same or another. */
export const coversRelated = (
  specifications: CompiledSpecification[],
  event: Pick<Event, 'related'>,
): boolean =>
  specifications.every((specification) =>
    event.related.some((related) => meets(related, specification)),
  )

/** The values that choose an event's bucket, in order of their labels; a missing label is the empty text. */
export interface BucketKey {
  values: string[]
  labels: Record<string, string>
}

/** The bucket that an event belongs to. Long values are shortened, as `FOR_EACH_VALUE_LENGTH_MAX` says. */
export function bucketKey({ forEach }: CompiledTrigger, event: Event): BucketKey {
  const values = forEach.map((each) => shortened(valueFor(each, event)))
  return { values, labels: labelsOf(forEach, values) }
}

/** Characters of a for_each value that a bucket keeps and a firing reports: with all labels of all children they must fit into an item. */
export const FOR_EACH_VALUE_LENGTH_MAX = 256

/** Characters that stand for the whole of a longer value. */
const DIGEST_LENGTH = 22

/** A longer value is told from others that begin alike by a digest in the place of its end. */
function shortened(value: string): string {
  if (value.length <= FOR_EACH_VALUE_LENGTH_MAX) return value
  const digest = createHash('sha256').update(value).digest('base64url').slice(0, DIGEST_LENGTH)
  const start = value.slice(0, FOR_EACH_VALUE_LENGTH_MAX - DIGEST_LENGTH - 1)
  return `${start.replace(/[\ud800-\udbff]$/, '')}…${digest}` // no half of a character
}

/** A bucket's values by label, as a firing reports them. */
export const labelsOf = (forEach: ForEach[], values: string[]): Record<string, string> =>
  Object.fromEntries(forEach.map(({ label }, i) => [label, values[i] ?? '']))

/** A bucket's values as a short text, for keys and ids: values may be as long as an event. '' without for_each. */
export const bucketName = (values: string[]): string =>
  values.length === 0
    ? ''
    : createHash('sha256').update(JSON.stringify(values)).digest('base64url').slice(0, 22)

/** A prefix match: whatever follows is not looked at. */
function passesPrecheck({ glob, pieces }: ListedName, name: string): boolean {
  if (pieces) return startsLike(pieces, name)
  switch (glob.kind) {
    case 'exact':
      return name.startsWith(glob.text)
    case 'prefix':
      return name.startsWith(glob.text) && hasCharacterAt(glob.text.length, name)
    default:
      return hasCharacterAt(0, name)
  }
}

const hasCharacterAt = (at: number, name: string): boolean => name.length > at && name[at] !== '\n'

/**
 * Whether the text begins like the pieces, with at least one character and no newline in every gap. The first place of each
 * piece will do: a later one leaves a gap that the first would have bridged as well.
 */
function startsLike(pieces: string[], text: string): boolean {
  const [first = '', ...rest] = pieces
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at + lengthOfCharacter(text, at))
    if (found <= at || text.slice(at, found).includes('\n')) return false
    at = found + piece.length
  }
  return true
}

/** One character may be two code units: `**` wants two characters. */
const lengthOfCharacter = (text: string, at: number): number =>
  (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1

const matchesAny = (patterns: Pattern[], value: string): boolean =>
  patterns.some((pattern) => matchesPattern(pattern, value))

/** A missing label never matches, not even a negation. `hasOwn`, for labels like `constructor`. */
export const meets = (
  resource: Resource | RelatedResource,
  specification: CompiledSpecification,
): boolean => {
  for (const { label, patterns } of specification) {
    const value = ownLabel(resource, label)
    if (value === undefined || !matchesAny(patterns, value)) return false
  }
  return true
}

/** Only the first related resource in the role is looked at, also when it lacks the label. */
function valueFor({ label, related }: ForEach, event: Event): string {
  if (related) {
    const inRole = event.related.find(
      (resource) => ownLabel(resource, 'prefect.resource.role') === related.role,
    )
    if (inRole) return ownLabel(inRole, related.label) ?? ''
  }
  return ownLabel(event.resource, label) ?? ''
}

const ownLabel = (resource: Resource, label: string): string | undefined =>
  Object.hasOwn(resource, label) ? resource[label] : undefined
