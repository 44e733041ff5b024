// Explanations of prepared cases: first that the verdict is what the real steps did, then the sentence, which stands in the golden file.
import { describe, expect, it } from 'vitest'
import type { Automation } from '../../lib/core/automation.ts'
import type { Event } from '../../lib/core/event.ts'
import type { Explanation } from '../../lib/core/explain.ts'
import { formatInstant, parseInstant } from '../../lib/core/time.ts'
import { triggerSchema, withNewIds } from '../../lib/core/trigger-schema.ts'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { explain } from '../../lib/steps/explain.ts'
import { bakeryEvent, OPENING } from '../core/bakery.ts'
import { runEvents } from '../core/flow-runs.ts'
import { BEGINNING, fakes } from '../fakes.ts'
import { lived } from '../live.ts'

const ID = '00000000-0000-4000-8000-000000000500'

/** A prepared case: what happened, and of the last event it is asked what became of it. */
interface Story {
  name: string
  trigger: object
  events: Event[]
  automation?: Partial<Automation>
}

const reactive = (parts: object) => ({ type: 'event', posture: 'Reactive', ...parts })
const proactive = (parts: object) => ({ type: 'event', posture: 'Proactive', ...parts })
const bake = (parts: object = {}) => reactive({ expect: ['dough.proofed'], ...parts })
const quiet = (parts: object = {}) => proactive({ expect: ['oven.warm'], within: 60, ...parts })

const PROOFED = 'dough.proofed'
const LIT = 'oven.lit'
const WARM = 'oven.warm'

/** An event some seconds after the beginning; `came` is when it arrived, if not at once. */
function at(seconds: number, name: string, parts: Partial<Event> & { came?: number } = {}): Event {
  const { came = seconds, ...rest } = parts
  const event = bakeryEvent(name, seconds, rest)
  return { ...event, occurred: moment(seconds), received: moment(came) }
}

const beginning = parseInstant(BEGINNING) ?? 0
const moment = (seconds: number): string => formatInstant(beginning + seconds * 1_000_000)

/** The events of a run, whose times count from the beginning, too. */
const ofRun = (story: string): Event[] =>
  runEvents(story).map((event) => {
    const seconds = ((parseInstant(event.occurred) ?? 0) - OPENING) / 1_000_000
    return { ...event, occurred: moment(seconds), received: moment(seconds) }
  })

const of = (labels: Record<string, string>): Pick<Event, 'resource'> => ({
  resource: { 'prefect.resource.id': 'oven.1', ...labels },
})

const baker = (labels: Record<string, string>) => ({
  'prefect.resource.id': 'baker.ada',
  'prefect.resource.role': 'baker',
  ...labels,
})

const LOST = '00000000-0000-4000-8000-00000000dead'
const metric = (parts: object) => ({
  type: 'metric',
  metric: { name: 'duration', operator: '>', threshold: 60, range: 300, firing_for: 0, ...parts },
})
const compound = (triggers: object[], parts: object = {}) => ({
  type: 'compound',
  require: 'all',
  within: 600,
  triggers,
  ...parts,
})
const sequence = (triggers: object[], parts: object = {}) => ({
  type: 'sequence',
  within: 600,
  triggers,
  ...parts,
})
const whenLit = reactive({ expect: [LIT] })
const whenWarm = reactive({ expect: [WARM] })

const STORIES: Story[] = [
  ...Object.entries({
    'another name': [bake(), at(1, WARM)],
    'a name that no pattern matches': [reactive({ expect: ['oven.*', 'shop.*'] }), at(1, PROOFED)],
    'a name that neither opens nor counts': [bake({ after: [LIT] }), at(1, WARM)],
    'a log line': [reactive({}), at(1, 'prefect.log.write')],
    'actions off': [
      bake(),
      at(1, PROOFED, {
        related: [
          {
            'prefect.resource.id': 'tripline.replay',
            'prefect.resource.role': 'replay',
            'tripline.actions': 'off',
          },
        ],
      }),
    ],
    'a label that is not there': [bake({ match: { tier: 'gold' } }), at(1, PROOFED)],
    'a label of another value': [
      bake({ match: { tier: 'gold' } }),
      at(1, PROOFED, of({ tier: 'tin' })),
    ],
    'a label of none of the values': [
      bake({ match: { tier: ['gold', 'silver*'] } }),
      at(1, PROOFED, of({ tier: 'tin' })),
    ],
    'a label that is not to be': [
      bake({ match: { tier: '!tin' } }),
      at(1, PROOFED, of({ tier: 'tin' })),
    ],
    'a label that nothing can match': [
      bake({ match: { tier: [] } }),
      at(1, PROOFED, of({ tier: 'tin' })),
    ],
    'another resource': [bake({ match: { 'prefect.resource.id': 'dough.*' } }), at(1, PROOFED)],
    'the second label differs': [
      bake({ match: { tier: 'gold', size: 'large' } }),
      at(1, PROOFED, of({ tier: 'gold', size: 'small' })),
    ],
    'no related resource': [
      bake({ match_related: { 'prefect.resource.role': 'baker' } }),
      at(1, PROOFED),
    ],
    'a related resource in another role': [
      bake({ match_related: { 'prefect.resource.role': 'owner' } }),
      at(1, PROOFED, { related: [baker({})] }),
    ],
    'a related resource that nearly matches': [
      bake({ match_related: { 'prefect.resource.role': 'baker', shift: 'night' } }),
      at(1, PROOFED, { related: [baker({ shift: 'day' })] }),
    ],
    'the second of two related specifications': [
      bake({ match_related: [{ 'prefect.resource.role': 'baker' }, { shift: 'night' }] }),
      at(1, PROOFED, { related: [baker({})] }),
    ],
    'fires at once': [bake(), at(1, PROOFED)],
    'fires for a key': [bake({ for_each: ['tier'] }), at(1, PROOFED, of({ tier: 'gold' }))],
    'a silence that hears another name': [quiet(), at(1, PROOFED)],
    'a metric that hears another name': [metric({}), at(1, PROOFED)],
    'a metric that hears no move': [metric({}), at(1, 'prefect.flow-run.heartbeat')],
    'no child hears it': [compound([whenLit, whenWarm]), at(1, PROOFED)],
    'any child is enough': [compound([whenLit, whenWarm], { require: 'any' }), at(1, WARM)],
  } satisfies Record<string, [object, Event]>).map(([name, [trigger, event]]) => ({
    name,
    trigger,
    events: [event],
  })),
  { name: 'paused', trigger: bake(), events: [at(1, PROOFED)], automation: { enabled: false } },
  {
    name: 'before it was made',
    trigger: bake(),
    events: [at(1, PROOFED)],
    automation: { created: '2026-11-21T10:00:00.000000Z' },
  },
  ...Object.entries({
    'the first of three': [bake({ threshold: 3, within: 60 }), at(0, PROOFED)],
    'the second of three': [bake({ threshold: 3, within: 60 }), at(0, PROOFED), at(5, PROOFED)],
    'the third of three': [
      bake({ threshold: 3, within: 60 }),
      at(0, PROOFED),
      at(5, PROOFED),
      at(9, PROOFED),
    ],
    'the third of three for a key': [
      bake({ threshold: 3, within: 60, for_each: ['tier'] }),
      at(0, PROOFED, of({ tier: 'gold' })),
      at(5, PROOFED, of({ tier: 'gold' })),
      at(9, PROOFED, of({ tier: 'gold' })),
    ],
    'another key': [
      bake({ threshold: 2, within: 60, for_each: ['tier'] }),
      at(0, PROOFED, of({ tier: 'gold' })),
      at(5, PROOFED, of({ tier: 'tin' })),
    ],
    'while it cools down': [
      bake({ threshold: 2, within: 60 }),
      at(0, PROOFED),
      at(5, PROOFED),
      at(9, PROOFED),
    ],
    'a cool-down of one': [bake({ within: 60 }), at(0, PROOFED), at(30, PROOFED)],
    'after the cool-down': [bake({ within: 60 }), at(0, PROOFED), at(61, PROOFED)],
    'a quarter of an hour late': [
      bake({ threshold: 2, within: 60 }),
      at(0, PROOFED),
      at(-960, PROOFED, { came: 5 }),
    ],
    'late, but not too late': [
      bake({ threshold: 2, within: 60 }),
      at(0, PROOFED),
      at(-600, PROOFED, { came: 5 }),
    ],
    'after the window': [bake({ threshold: 2, within: 60 }), at(0, PROOFED), at(75, PROOFED)],
    'the first of two, without end': [bake({ threshold: 2 }), at(0, PROOFED)],
    'the second of two, without end': [bake({ threshold: 2 }), at(0, PROOFED), at(30, PROOFED)],
    'nothing has opened a window': [bake({ after: [LIT], within: 60 }), at(1, PROOFED)],
    'it opens a window': [bake({ after: [LIT], within: 60 }), at(0, LIT)],
    'a window is open already': [bake({ after: [LIT], within: 60 }), at(0, LIT), at(10, LIT)],
    'within an opened window': [bake({ after: [LIT], within: 60 }), at(0, LIT), at(10, PROOFED)],
    'after an opened window': [bake({ after: [LIT], within: 60 }), at(0, LIT), at(70, PROOFED)],
    'the first of two in an opened window': [
      bake({ after: [LIT], within: 60, threshold: 2 }),
      at(0, LIT),
      at(10, PROOFED),
    ],
    'it occurred before the window was opened': [
      bake({ after: [LIT], within: 60 }),
      at(0, LIT),
      at(-5, PROOFED, { came: 10 }),
    ],
    'opened without end': [bake({ after: [LIT] }), at(0, LIT), at(30, PROOFED)],
    'opened without end, two wanted': [
      bake({ after: [LIT], threshold: 2 }),
      at(0, LIT),
      at(10, PROOFED),
    ],
    'it opens and is counted': [
      reactive({ after: [WARM], expect: [WARM], within: 60 }),
      at(0, WARM),
    ],
    'a heartbeat in time': [quiet(), at(10, WARM)],
    'one heartbeat of two': [quiet({ threshold: 2 }), at(10, WARM)],
    'a heartbeat of a key': [
      quiet({ for_each: ['prefect.resource.id'], threshold: 2 }),
      at(10, WARM),
    ],
    'a heartbeat ahead of its time': [quiet(), at(70, WARM, { came: 50 })],
    'ahead of its time, after one in time': [quiet(), at(10, WARM), at(70, WARM, { came: 50 })],
    'a heartbeat of long ago': [quiet(), at(10, WARM), at(-90, WARM, { came: 20 })],
    'a silence is opened': [quiet({ after: [LIT], for_each: ['prefect.resource.id'] }), at(1, LIT)],
    'a silence that was opened is broken': [
      quiet({ after: [LIT], for_each: ['prefect.resource.id'] }),
      at(1, LIT),
      at(10, WARM),
    ],
    'a heartbeat before it was opened': [
      quiet({ after: [LIT], for_each: ['prefect.resource.id'] }),
      at(1, WARM),
    ],
    'a heartbeat begins the next window': [
      quiet({ after: [WARM], for_each: ['prefect.resource.id'] }),
      at(1, WARM),
      at(20, WARM),
    ],
    'the first child': [compound([whenLit, whenWarm]), at(0, LIT)],
    'the last child': [compound([whenLit, whenWarm]), at(0, LIT), at(9, WARM)],
    'two of three': [
      compound([whenLit, whenWarm, bake()], { require: 2 }),
      at(0, LIT),
      at(9, PROOFED),
    ],
    'the first child is too old': [
      compound([whenLit, whenWarm], { within: 60 }),
      at(0, LIT),
      at(90, WARM),
    ],
    'a child that counts': [
      compound([bake({ threshold: 2, within: 60 }), whenWarm]),
      at(0, PROOFED),
    ],
    'a child of a child': [
      compound([compound([whenLit, whenWarm]), bake()]),
      at(0, LIT),
      at(9, WARM),
    ],
    'a whole tree': [
      compound([compound([whenLit, whenWarm]), bake()]),
      at(0, PROOFED),
      at(5, LIT),
      at(9, WARM),
    ],
    'in sequence': [sequence([whenLit, whenWarm]), at(0, LIT), at(9, WARM)],
    'out of sequence': [sequence([whenLit, whenWarm]), at(0, WARM), at(9, LIT)],
    'the last of a sequence first': [sequence([whenLit, whenWarm]), at(0, WARM)],
    'one event, two children': [compound([whenLit, reactive({ expect: ['oven.*'] })]), at(0, LIT)],
    'a run that takes a minute': [
      metric({}),
      ...ofRun('Scheduled 0, Pending 5, Running 6, Completed 60'),
    ],
    'a run that takes too long': [
      metric({}),
      ...ofRun('Scheduled 0, Pending 5, Running 6, Completed 100'),
    ],
    'a run that takes too long, for a while': [
      metric({ firing_for: 60 }),
      ...ofRun('Scheduled 0, Pending 5, Running 6, Completed 100'),
    ],
    'a run whose beginning nobody saw': [
      metric({}),
      ...ofRun('Scheduled 0, Pending 5, Running 6, Completed 100').slice(-1),
    ],
    'it waits for one that does not come': [
      bake({ threshold: 2, within: 60 }),
      at(0, PROOFED),
      at(5, PROOFED, { follows: LOST }),
    ],
    'it follows one that came': [
      bake({ threshold: 2, within: 60 }),
      at(0, LIT),
      at(5, PROOFED, { follows: at(0, LIT).id }),
    ],
    'it follows itself': [
      bake({ threshold: 2, within: 60 }),
      at(5, PROOFED, { id: LOST, follows: LOST }),
    ],
  } satisfies Record<string, [object, ...Event[]]>).map(([name, [trigger, ...events]]) => ({
    name,
    trigger,
    events,
  })),
]

const automationOf = ({ trigger, automation }: Story): Automation => ({
  id: ID,
  created: BEGINNING,
  updated: BEGINNING,
  name: 'bake when proofed',
  description: '',
  enabled: true,
  tags: [],
  trigger: withNewIds(triggerSchema.parse(trigger), () => ID),
  actions: [{ type: 'do-nothing' }],
  actions_on_trigger: [],
  actions_on_resolve: [],
  ...automation,
})

/** The events live, and then the last of them explained. */
async function explained(story: Story): Promise<{ explanation: Explanation; fired: boolean }> {
  const bakery = fakes()
  const automation = automationOf(story)
  const asked = story.events.at(-1)
  if (!asked) throw new Error('a story has events')
  const firings = await lived(bakery, automation, story.events, {
    until: parseInstant(asked.received) ?? 0,
    acts: true,
  })
  const stored = await bakery.services.events.get(DEFAULT_WORKSPACE, asked.id)
  const told = await explain(bakery.services)(DEFAULT_WORKSPACE, stored ?? asked, [automation])
  const [explanation] = told
  if (!explanation) throw new Error('one automation is explained')
  const isOfAsked = firings.filter(({ triggering_event }) => triggering_event?.id === asked.id)
  return { explanation, fired: isOfAsked.length > 0 }
}

describe('explain', () => {
  it('there are at least sixty stories, each of another name', () => {
    expect(new Set(STORIES.map(({ name }) => name)).size).toBeGreaterThanOrEqual(60)
  })

  it.each(STORIES)('says what became of: $name', async (story) => {
    const { explanation, fired } = await explained(story)

    expect(explanation.verdict === 'fired').toBe(fired)
    expect(explanation.firings).toHaveLength(fired ? 1 : 0)
    if (fired) expect(explanation.source).toBe('recorded')
  })

  it('in these words', async () => {
    const texts: string[] = []
    for (const story of STORIES) {
      const { verdict, source, text } = (await explained(story)).explanation
      texts.push(`${story.name}\n  ${verdict}, ${source}\n  ${text}\n`)
    }

    await expect(texts.join('\n')).toMatchFileSnapshot('explain.golden.txt')
  })
})
