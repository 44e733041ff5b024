// Matching: which of the shared events each trigger is interested in, and which bucket each of them falls into.
import { isDeepStrictEqual } from 'node:util'
import { type CompiledTrigger, compileAutomation } from '../../../lib/core/compiled-trigger.ts'
import type { Event } from '../../../lib/core/event.ts'
import {
  bucketKey,
  coversResources,
  expects,
  isInterested,
  startsAfter,
} from '../../../lib/core/match.ts'
import { triggerSchema, withNewIds } from '../../../lib/core/trigger-schema.ts'
import type { Outcome } from '../run.ts'

interface Case extends Partial<Answers> {
  name: string
  trigger: unknown
}

/** Indexes of events; `keys` by index, there only when the trigger has for_each. */
interface Answers {
  interested: number[]
  resources: number[]
  expects: number[]
  starts: number[]
  keys: Record<string, string[]>
}

export function run(file: { events: Partial<Event>[]; cases: Case[] }): Outcome[] {
  const events = file.events.map((event) => ({ related: [], ...event }) as Event)
  return file.cases.map(({ name, trigger, interested, resources, expects, starts, keys = {} }) => {
    const draft = withNewIds(triggerSchema.parse(trigger), () => '')
    const [compiled] = compileAutomation({ id: '', trigger: draft }).triggers
    if (!compiled) return { name, verdict: 'failed', detail: 'no event trigger' }
    const answer = answersOf(compiled, events)
    const wanted = { interested, resources, expects, starts, keys }
    if (isDeepStrictEqual(answer, wanted)) return { name, verdict: 'passed' }
    const detail = `${JSON.stringify(answer)}, not ${JSON.stringify(wanted)}`
    return { name, verdict: 'failed', detail, answer }
  })
}

function answersOf(trigger: CompiledTrigger, events: Event[]): Answers {
  const indexesWhere = (holds: (event: Event) => boolean) =>
    events.flatMap((event, i) => (holds(event) ? [i] : []))
  const interested = indexesWhere((event) => isInterested(trigger, event))
  const keys = interested.map((i) => [i, bucketKey(trigger, events[i] as Event).values])
  return {
    interested,
    resources: indexesWhere((event) => coversResources(trigger, event)),
    expects: indexesWhere((event) => expects(trigger, event.event)),
    starts: indexesWhere((event) => startsAfter(trigger, event.event)),
    keys: trigger.forEach.length > 0 ? Object.fromEntries(keys) : {},
  }
}
