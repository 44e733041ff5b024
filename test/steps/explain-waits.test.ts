// What automations wait for: the buckets that the real steps left, told in a sentence each, word for word in the golden file.
import { describe, expect, it } from 'vitest'
import type { Automation } from '../../lib/core/automation.ts'
import type { Event } from '../../lib/core/event.ts'
import { formatInstant, parseInstant } from '../../lib/core/time.ts'
import { triggerSchema, withNewIds } from '../../lib/core/trigger-schema.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { explainWaits } from '../../lib/steps/explain-waits.ts'
import { bakeryEvent } from '../core/bakery.ts'
import { BEGINNING, fakes } from '../fakes.ts'
import { lived } from '../live.ts'

const beginning = parseInstant(BEGINNING) ?? 0
const moment = (seconds: number): string => formatInstant(beginning + seconds * 1_000_000)

function at(seconds: number, name: string, parts: Partial<Event> = {}): Event {
  const when = { occurred: moment(seconds), received: moment(seconds) }
  return { ...bakeryEvent(name, seconds, parts), ...when }
}

const event = (parts: object) => ({ type: 'event', posture: 'Reactive', ...parts })
const silence = (parts: object) => ({ type: 'event', posture: 'Proactive', within: 60, ...parts })
const both = (parts: object, ...triggers: object[]) => ({
  type: 'compound',
  require: 'all',
  ...parts,
  triggers,
})
const oven = (n: number) => ({ resource: { 'prefect.resource.id': `oven.${n}` } })

const lit = (seconds: number, n = 1) => at(seconds, 'oven.lit', oven(n))
const warm = (seconds: number, n = 1) => at(seconds, 'oven.warm', oven(n))
const each = ['prefect.resource.id']
const bake = event({ expect: ['oven.lit'] })
const heat = event({ expect: ['oven.warm'] })

/** A trigger, what happened, and the second at which it is asked. */
const STORIES: Record<string, [trigger: object, events: Event[], asked: number]> = {
  'a trigger without memory': [bake, [], 10],
  'any event': [event({}), [], 10],
  'a count that has not begun': [event({ expect: ['oven.*'], threshold: 3, within: 60 }), [], 10],
  'a count with an end': [
    event({ expect: ['oven.*'], threshold: 3, within: 60 }),
    [lit(1), warm(2)],
    10,
  ],
  'a count that is over': [event({ expect: ['oven.*'], threshold: 3, within: 60 }), [lit(1)], 100],
  'a count without end': [event({ expect: ['oven.lit'], threshold: 3 }), [lit(1)], 100],
  'a count for each oven': [
    event({ for_each: each, threshold: 2, within: 60 }),
    [lit(1), lit(5, 2)],
    10,
  ],
  'a rest after firing': [event({ expect: ['oven.lit'], within: 60 }), [lit(1)], 10],
  'what must come first': [
    event({ after: ['oven.lit'], expect: ['oven.warm'], within: 60 }),
    [],
    10,
  ],
  'what came first': [
    event({ after: ['oven.lit'], expect: ['oven.warm'], within: 60 }),
    [lit(1)],
    10,
  ],
  'a silence from the beginning': [silence({ expect: ['oven.warm'] }), [], 10],
  'a silence broken in time': [silence({ expect: ['oven.warm'] }), [warm(20)], 30],
  'the silence after a broken one': [silence({ expect: ['oven.warm'] }), [warm(20)], 70],
  'a silence of each oven': [
    silence({ after: ['oven.lit'], expect: ['oven.warm'], for_each: each }),
    [lit(1), lit(5, 2), warm(20, 2)],
    30,
  ],
  'a heartbeat': [
    silence({ after: ['oven.warm'], expect: ['oven.warm'], for_each: each }),
    [warm(1), warm(30)],
    40,
  ],
  'one of two children': [both({ within: 600 }, bake, heat), [lit(1)], 10],
  'one of two, without end': [both({ within: null }, bake, heat), [lit(1)], 10],
  'none of two children': [both({ within: 600 }, bake, heat), [], 10],
  'a child that is forgotten': [both({ within: 60 }, bake, heat), [lit(1)], 100],
  'a child that counts': [
    both({ within: 60 }, bake, event({ expect: ['oven.warm'], threshold: 2 })),
    [warm(1)],
    5,
  ],
  'a metric': [
    {
      type: 'metric',
      metric: { name: 'duration', operator: '>', threshold: 60, range: 300, firing_for: 0 },
    },
    [],
    5,
  ],
}

const automationOf = (trigger: object, parts: Partial<Automation> = {}): Automation => ({
  id: '00000000-0000-4000-8000-000000000500',
  created: BEGINNING,
  updated: BEGINNING,
  name: 'mind the oven',
  description: '',
  enabled: true,
  tags: [],
  trigger: withNewIds(triggerSchema.parse(trigger), () => '00000000-0000-4000-8000-000000000501'),
  actions: [{ type: 'do-nothing' }],
  actions_on_trigger: [],
  actions_on_resolve: [],
  ...parts,
})

async function waiting([trigger, events, asked]: [object, Event[], number], parts = {}) {
  const bakery = fakes()
  const automation = automationOf(trigger, parts)
  await lived(bakery, automation, events, { until: beginning + asked * 1_000_000 })
  return explainWaits(bakery.services)(DEFAULT_WORKSPACE, automation)
}

describe('what an automation waits for', () => {
  it('is told in these words', async () => {
    const texts: string[] = []
    for (const [name, story] of Object.entries(STORIES)) {
      texts.push(`${name}\n  ${(await waiting(story)).text}\n`)
    }

    await expect(texts.join('\n')).toMatchFileSnapshot('explain-waits.golden.txt')
  })

  it('is nothing while it is paused', async () => {
    const { text } = await waiting([bake, [], 5], { enabled: false })

    expect(text).toBe('The automation is paused: nothing is counted.')
  })

  it('ends first what comes first', async () => {
    const { waits, is_whole } = await waiting(STORIES['a silence of each oven'] ?? [{}, [], 0])

    expect(waits.map(({ labels, count, until }) => [labels, count, until])).toEqual([
      [{ 'prefect.resource.id': 'oven.1' }, 0, moment(61)],
      [{ 'prefect.resource.id': 'oven.2' }, 1, moment(65)],
    ])
    expect(is_whole).toBe(true)
  })
})
