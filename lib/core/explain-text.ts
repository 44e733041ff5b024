// Findings as sentences, in plain English: one generator for the API, the command line and the console, so that all tell the same.
import { type CompositeSeen, type Finding, lateBy, type WindowSeen } from './explain.ts'
import type { ResourceSpecification } from './trigger.ts'

type Decision = Extract<Finding, { posture: unknown }>

/** A finding in one or two sentences. The subject is the event. */
export function sentence(finding: Finding): string {
  switch (finding.verdict) {
    case 'unevaluated':
      return finding.by === 'name'
        ? 'Events of this name are never evaluated.'
        : 'It was sent with actions off, so no trigger looks at it.'
    case 'paused':
      return 'The automation is paused.'
    case 'before-made':
      return `It came at ${time(finding.received)}, before the automation was made at ${time(finding.made)}.`
    case 'name':
      return `Its name ${code(finding.name)} is not among those the trigger listens to: ${list(finding.expected)}.`
    case 'label':
      return `${labelSentence('Its resource', finding)}.`
    case 'related':
      return relatedSentence(finding)
    case 'unmeasured':
      return `It tells of no change of state that ${code(finding.metric)} is measured by.`
    case 'held':
      return `It waits for the event it follows, ${finding.follows}, which has not come; without it, it counts at ${time(finding.until)}.`
    default:
      return [decisionSentence(finding), ...finding.composites.map(compositeSentence)].join(' ')
  }
}

function labelSentence(
  whose: string,
  { label, patterns, value }: { label: string; patterns: string[]; value: string | null },
): string {
  const wanted = patterns.length === 0 ? 'nothing, for its list is empty' : list(patterns)
  return value === null
    ? `${whose} has no label ${code(label)}; the trigger wants ${wanted}`
    : `${whose} has ${code(label)} ${code(value)}; the trigger wants ${wanted}`
}

function relatedSentence({ wanted, closest }: Extract<Finding, { verdict: 'related' }>): string {
  const all = `No related resource has all of ${specification(wanted)}`
  if (!closest) return `${all}: it has no related resources.`
  return `${all}. ${labelSentence(`The closest, ${code(closest.id)},`, closest)}.`
}

const specification = (wanted: ResourceSpecification): string =>
  Object.entries(wanted)
    .map(([label, patterns]) => `${code(label)} ${list([patterns].flat())}`)
    .join(' and ')

function decisionSentence(finding: Decision): string {
  switch (finding.verdict) {
    case 'repeated':
      return 'It was counted before; an event counts once.'
    case 'ignored':
      return ignoredSentence(finding)
    case 'opened':
      return openedSentence(finding)
    case 'late':
      return lateSentence(finding)
    case 'counted':
      return countedSentence(finding)
    case 'early':
      return `The window had ended at ${time(finding.before?.end)}; a new one began with this event. ${countOf(finding.after)}`
    case 'restarted':
      return `It satisfied the window and began the next one, which ends at ${time(finding.after?.end)}.`
    case 'fired':
      return firedSentence(finding)
    case 'closed':
      return closedSentence(finding)
    case 'waiting':
      return 'It was waited on.'
    case 'satisfied':
      return 'The window was satisfied.'
  }
}

function ignoredSentence({ posture, needs_after, before }: Decision): string {
  if (posture === 'Metric')
    return 'The beginning of what it ends is not known, so nothing was measured.'
  if (needs_after.length === 0 || before)
    return 'Its name is listed, but no pattern that counts matches it.'
  return `It came while no window was open: the trigger first needs ${list(needs_after)}.`
}

const openedSentence = ({ before, after }: Decision): string =>
  before
    ? `A window was open already, ${until(before)}; it was not extended.`
    : `It opened a window ${until(after)}, in which the trigger counts.`

function lateSentence(finding: Decision): string {
  if (finding.posture === 'Metric')
    return 'It happened before the range that the metric looks back over.'
  const by = duration(lateBy(finding))
  const { before, posture, needs_after } = finding
  const hasFired = posture === 'Reactive' && needs_after.length === 0 && before?.count === 0
  const occurred = `It occurred at ${time(finding.occurred)}`
  return hasFired
    ? `${occurred}: the trigger had fired, and counts again from ${time(before?.start)}, ${by} later.`
    : `${occurred}, ${by} too late: the window had begun at ${time(before?.start)}.`
}

function countedSentence(finding: Decision): string {
  const { posture, after } = finding
  if (posture === 'Metric')
    return 'It was measured, and the metric did not cross its threshold for long enough.'
  if (posture === 'Reactive' && after?.count === 0) {
    return `It opened a window ${until(after)}, in which ${after.threshold} more must come.`
  }
  if (posture === 'Reactive') return countOf(after)
  const enough = after && after.count >= after.threshold
  const rest = enough
    ? `so nothing is missing until ${time(after.end)}.`
    : `${(after?.threshold ?? 0) - (after?.count ?? 0)} more must come by ${time(after?.end)}, or it fires.`
  return `It was seen: ${after?.count ?? 0} of ${after?.threshold ?? 0}, ${rest}`
}

const countOf = (window: WindowSeen | null): string =>
  window
    ? `It is number ${window.count} of ${window.threshold} in the window from ${time(window.start)}${window.end === null ? '' : ` to ${time(window.end)}`}.`
    : 'It was counted.'

const until = (window: WindowSeen | null): string =>
  window?.end ? `until ${time(window.end)}` : 'without end'

function firedSentence({ posture, labels, before, after }: Decision): string {
  const whose = labelsText(labels)
  if (posture === 'Metric') return 'It made the metric cross its threshold, and the trigger fired.'
  if (posture === 'Proactive') {
    return `The window until ${time(before?.end)} had ended with ${before?.count ?? 0} of ${before?.threshold ?? 0}${whose}: the trigger fired when this event came.`
  }
  const number = (before?.count ?? 0) + 1
  const threshold = before?.threshold ?? 1
  const fired =
    threshold > 1
      ? `It was number ${Math.max(number, threshold)} of ${threshold}${whose}, and the trigger fired.`
      : `The trigger fired${whose}.`
  return after ? `${fired} It counts again from ${time(after.start)}.` : fired
}

function closedSentence({ before }: Decision): string {
  return before?.end
    ? `It came after the window had ended at ${time(before.end)}, which closed it; another event must open the next.`
    : `It closed the window, which counts one event alone without a \`within\`: a threshold of ${before?.threshold ?? 0} is never reached.`
}

function compositeSentence({
  path,
  kind,
  isComplete,
  required,
  fired,
  missing,
}: CompositeSeen): string {
  const which = path === '' ? `The ${kind}` : `The ${kind} at ${path}`
  if (isComplete) return `${which} was complete and fired.`
  if (missing.length === 0) return `${which} has had all its children, but not in their order.`
  const waited = missing.length === 1 ? `child ${missing[0]}` : `children ${missing.join(', ')}`
  return `${which} has ${fired.length} of ${required} and waits for ${waited}.`
}

/** ` for `tier` `gold``, or nothing. */
export function labelsText(labels: Record<string, string>): string {
  const entries = Object.entries(labels)
  return entries.length === 0
    ? ''
    : ` for ${entries.map(([label, value]) => `${code(label)} ${code(value)}`).join(', ')}`
}

/** A name as it is written, set off from the sentence. */
export const code = (text: string): string => `\`${text}\``

/** Names of which one will do. */
export const list = (texts: string[]): string => texts.map(code).join(' or ')

/** `2026-11-21 09:00:10`, with decimals only where there are any. */
export const time = (instant: string | null | undefined): string =>
  (instant ?? '')
    .replace('T', ' ')
    .replace(/(?:\.0+)?Z$/, '')
    .replace(/(\.\d*?)0+Z?$/, '$1')

const UNITS = [
  ['day', 86_400_000_000],
  ['hour', 3_600_000_000],
  ['minute', 60_000_000],
  ['second', 1_000_000],
  ['millisecond', 1_000],
] as const

/** A span in its two largest units. */
export function duration(micros: number): string {
  const parts: string[] = []
  let rest = micros
  for (const [unit, length] of UNITS) {
    const amount = Math.floor(rest / length)
    if (amount === 0 || parts.length === 2) continue
    parts.push(`${amount} ${unit}${amount === 1 ? '' : 's'}`)
    rest -= amount * length
  }
  return parts.join(' ') || 'less than a millisecond'
}
