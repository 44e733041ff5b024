// Triggers that can never fire, and why: what saving cannot refuse, since Prefect takes it, but whoever saves it should hear.
import { NEVER_EVALUATED } from './match.ts'
import type { CompositeTrigger, EventTrigger, ResourceSpecification, Trigger } from './trigger.ts'

/** Something that is probably not meant, at a path of the automation such as `trigger.triggers.0.match`. */
export interface Warning {
  path: string
  message: string
}

/** Reasons for which a trigger, or a part of it that it cannot do without, can never fire. */
export function neverFires(trigger: Trigger, path = 'trigger'): Warning[] {
  if ('triggers' in trigger) return compositeReasons(trigger, path)
  const resources = [
    ...emptyLists(trigger.match, `${path}.match`),
    ...[trigger.match_related].flat().flatMap((one) => emptyLists(one, `${path}.match_related`)),
  ]
  return trigger.type === 'event' ? [...resources, ...eventReasons(trigger, path)] : resources
}

function compositeReasons(trigger: CompositeTrigger, path: string): Warning[] {
  const { type, triggers, within } = trigger
  const children = triggers.map((child, i) => neverFires(child, `${path}.triggers.${i}`))
  const able = children.filter((reasons) => reasons.length === 0).length
  const required =
    type === 'sequence' || trigger.require === 'all'
      ? triggers.length
      : trigger.require === 'any'
        ? 1
        : trigger.require
  if (triggers.length === 0)
    return [{ path: `${path}.triggers`, message: 'It has no triggers, so it never fires.' }]
  if (within !== null && within < 0 && required > 1) {
    return [
      {
        path: `${path}.within`,
        message: 'No two firings come within less than nothing, so it never fires.',
      },
    ]
  }
  return able < required ? children.flat() : []
}

function eventReasons(trigger: EventTrigger, path: string): Warning[] {
  const { expect, after, within, threshold, posture, for_each } = trigger
  const reasons: Warning[] = []
  const never = (field: string, message: string) =>
    reasons.push({ path: `${path}.${field}`, message })
  if (expect.length > 0 && expect.every((name) => name === NEVER_EVALUATED)) {
    never('expect', `Events named ${NEVER_EVALUATED} are never evaluated, so it never fires.`)
  }
  if (expect.length > 0 && expect.every(matchesNoName)) {
    never(
      'expect',
      'In names only `*` stands for others: one with `[` matches nothing, so it never fires.',
    )
  }
  if (posture === 'Reactive' && after.length > 0 && within === 0 && threshold > 1) {
    never(
      'within',
      `Without a \`within\`, a window counts one event after \`after\`; a threshold of ${threshold} is never reached.`,
    )
  }
  if (posture === 'Proactive' && threshold <= 0) {
    never('threshold', 'Nothing is always enough, so it is never missed, and it never fires.')
  }
  if (posture === 'Proactive' && for_each.length > 0 && after.length === 0 && threshold === 1) {
    never(
      'threshold',
      'The event that opens a window is counted in it, so one is always there and it never fires; say what opens it in `after`.',
    )
  }
  return reasons
}

/** The check of names takes a class literally, and the glob takes it as one. */
const matchesNoName = (name: string): boolean => /\[[^\]]+\]/.test(name)

const emptyLists = (specification: ResourceSpecification, path: string): Warning[] =>
  Object.entries(specification)
    .filter(([, patterns]) => patterns.length === 0 && Array.isArray(patterns))
    .map(([label]) => ({
      path: `${path}.${label}`,
      message: 'An empty list matches nothing, so it never fires.',
    }))
