// `tripline automation backtest` over files of events, with no server.
import { afterEach, describe, expect, it } from 'vitest'
import { eventsOf, triggerVectors, withoutTicks } from '../vectors.ts'
import { cli, project } from './stack.ts'

let made: ReturnType<typeof project> | undefined
afterEach(() => made?.remove())

const EVENT = {
  id: '00000000-0000-4000-8000-000000000001',
  occurred: '2026-11-21T09:00:00Z',
  event: 'dough.proofed',
  resource: { 'prefect.resource.id': 'dough.1' },
  payload: { degrees: 230 },
}

const AUTOMATION = `
name: bake when proofed
trigger: { type: event, expect: [dough.proofed], threshold: 2, within: 5m }
actions:
  - type: run-deployment
    deployment: bake/daily
    parameters: { degrees: "{{ event.payload.degrees }}" }
`

const lines = (events: object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('')

/** Events some seconds after the first. */
const at = (...seconds: number[]) =>
  seconds.map((second) => ({
    ...EVENT,
    id: undefined,
    occurred: new Date(Date.parse(EVENT.occurred) + second * 1000).toISOString(),
  }))

function backtest(events: string, ...flags: string[]) {
  made = project({ 'a.yaml': AUTOMATION, 'events.ndjson': events })
  const argv = ['automation', 'backtest', '-f', 'a.yaml', '--events', 'events.ndjson', ...flags]
  return cli(argv, { cwd: made.cwd })
}

describe('backtest --events', () => {
  it.each(triggerVectors().filter(withoutTicks))('fires as the vector $name', async (vector) => {
    const automation = { name: vector.name, trigger: vector.trigger, actions: [] }
    made = project({
      'a.json': JSON.stringify(automation),
      'events.ndjson': lines(eventsOf(vector)),
    })

    const { out, err } = await cli(
      ['automation', 'backtest', '-f', 'a.json', '--events', 'events.ndjson', '-o', 'json'],
      { cwd: made.cwd },
    )

    expect(err).toBe('')
    const { firings, samples } = JSON.parse(out) as {
      firings: { now: number }
      samples: { event: { id: string } | null }[]
    }
    expect(firings.now).toBe(vector.firings.length)
    const last = vector.firings.slice(-samples.length || vector.firings.length)
    expect(samples.map(({ event }) => event?.id ?? null).sort()).toEqual(
      last.map(({ event }) => event).sort(),
    )
  })

  it('shows what the run would have been given', async () => {
    const { out } = await backtest(lines(at(0, 10)), '-o', 'json')

    expect(JSON.parse(out).samples[0].actions).toEqual([
      { type: 'run-deployment', parameters: { degrees: 230 } },
    ])
  })

  it('reads the lines in the order in which the events came', async () => {
    const { out } = await backtest(lines(at(310, 10, 0)), '-o', 'json')

    expect(JSON.parse(out).samples[0].triggered).toBe('2026-11-21T09:00:10.000000Z')
  })

  it.each([
    [['--expect-firings', '1'], 0, ''],
    [['--max-firings', '1'], 0, ''],
    [['--expect-firings', '2'], 1, "'bake when proofed' fires once, not 2 times"],
    [['--max-firings', '0'], 1, "'bake when proofed' fires once, more than 0 times"],
  ])('with %j it ends with %i', async (flags, exitCode, message) => {
    const { code, err } = await backtest(lines(at(0, 10)), ...flags)

    expect(code).toBe(exitCode)
    expect(err).toContain(message)
  })

  it('tells the file and the line of what is no event', async () => {
    const { code, err } = await backtest(`${lines(at(0))}{"event": "x"}\n`)

    expect(code).toBe(2)
    expect(err).toContain('events.ndjson:2: occurred: Field required')
  })

  it('shows counts, bars and samples at a terminal', async () => {
    const { out } = await backtest(lines(at(0, 10)), '-o', 'table')

    expect(out).toBe(`bake when proofed: 2026-11-21 09:00 to 2026-11-21 09:00, 2 events

  1 firing
  what became of events: counted 1, fired 1

  2026-11-21 09:00  ████████████████████████████████████████ 1

  The last firings:
  2026-11-21 09:00:10  dough.proofed  dough.1
    run-deployment {"degrees":230}
`)
  })
})
