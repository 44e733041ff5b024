// Reviews: a run that waits, somebody who is asked about it, and what becomes of it.
import { beforeEach, describe, expect, it } from 'vitest'
import { formatInstant } from '../../lib/core/time.ts'
import { DEFAULT_WORKSPACE as HOME } from '../../lib/core/workspace.ts'
import { api } from '../../lib/entries.ts'
import { followReview } from '../../lib/steps/review-notice.ts'
import { reviewWindow, type Window } from './review.ts'

const inTwoHours = '2026-11-21T11:00:00.000000Z'
const inThreeHours = '2026-11-21T12:00:00.000000Z'

let bakery: Window

beforeEach(async () => {
  bakery = await reviewWindow()
})

const nowIn = ({ here }: Window): string => formatInstant(here.clock.now())

const urlsOf = ({ asked }: Window) => {
  const { approve_url, postpone_url, cancel_url } = asked()
  return { approve: approve_url, postpone: postpone_url, cancel: cancel_url }
}

describe('the notice', () => {
  it('goes out when the run is made, and holds three links and when it is due', async () => {
    const run = await bakery.fire()

    expect(bakery.here.sent).toHaveLength(1)
    expect(bakery.asked()).toEqual({
      flow_run: { id: run.id, name: run.name },
      deployment: { id: run.deployment_id, name: 'bake' },
      automation: { id: expect.any(String), name: 'bake when proofed' },
      due: '2026-11-21 11:00 UTC',
      postpone: '1 hour',
      approve_url: expect.stringMatching(/^https:\/\/tripline\.test\/review\/[\w-]{104}$/),
      postpone_url: expect.any(String),
      cancel_url: expect.any(String),
    })
    expect(new Set(Object.values(urlsOf(bakery))).size).toBe(3)
  })

  it('is told of as an action of its own, without its links', async () => {
    bakery.here.outside.answer = ({ body }) => ({
      kind: 'answered',
      status: 200,
      headers: { 'x-echo': body ?? '' },
      body: body ?? '',
    })
    await bakery.fire()

    const told = bakery.here.published.filter(
      ({ payload }) => payload.action_type === 'review-notice',
    )

    expect(told.map(({ event }) => event)).toEqual([
      'prefect.automation.action.triggered',
      'prefect.automation.action.executed',
    ])
    expect(told[1]).toMatchObject({ follows: told[0]?.id, payload: { status_code: 200 } })
    expect(bakery.written()).toContain('https://review.invalid/')
    expect(bakery.written()).not.toContain('/review/')
  })

  it('tells why nobody was asked, and the run waits all the same', async () => {
    bakery = await reviewWindow({
      action: { review: { block_document_id: '00000000-0000-4000-8000-00000000dead' } },
    })
    const run = await bakery.fire()

    const failed = bakery.here.published.find(({ event }) => event.endsWith('action.failed'))

    expect(run.state?.type).toBe('SCHEDULED')
    expect(failed?.payload).toMatchObject({
      action_type: 'review-notice',
      reason: "Unexpected status from 'review-notice' action: 404",
    })
  })

  it('is tried again while nobody answers, with links as good as before', async () => {
    bakery.here.outside.answer = () => ({ kind: 'failed', reason: 'nobody is there' })
    await bakery.fire()
    bakery.here.outside.answer = () => ({ kind: 'answered', status: 200, headers: {}, body: '' })
    bakery.here.clock.advance(10)
    await bakery.settle()

    expect(bakery.here.sent).toHaveLength(2)
    expect((await bakery.follow(urlsOf(bakery).approve)).status).toBe(200)
  })

  it('is not sent for a run that somebody decided on before it could be', async () => {
    bakery.here.outside.answer = () => ({ kind: 'failed', reason: 'nobody is there' })
    await bakery.fire()
    await bakery.follow(urlsOf(bakery).cancel, 'POST')
    bakery.here.clock.advance(10)
    await bakery.settle()

    const last = bakery.here.published.findLast(({ event }) => event.endsWith('action.failed'))

    expect(bakery.here.sent).toHaveLength(1)
    expect(last?.payload).toMatchObject({ reason: 'The run waits no more' })
  })

  it('is one, however often its firing is carried out', async () => {
    const run = await bakery.fire()
    await bakery.fire()

    expect(bakery.here.sent).toHaveLength(1)
    expect((await bakery.runNow(run.id)).id).toBe(run.id)
  })

  it('is an e-mail through a block that sends those, in words', async () => {
    const data = { username: 'baker@bakery.test', password: 'p', email_to: 'boss@bakery.test' }
    bakery = await reviewWindow({ block: { slug: 'email-server-credentials', data } })
    const run = await bakery.fire()

    const [mail] = bakery.here.mailed

    expect(mail?.subject).toBe(`bake waits until 2026-11-21 11:00 UTC: ${run.name}`)
    expect(mail?.text.match(/^https:\/\/tripline\.test\/review\/[\w-]{104}$/gm)).toHaveLength(3)
    expect(mail?.text).toContain('Postpone it by 1 hour:')
  })

  it('may have words of its own, and a postponement', async () => {
    const review = {
      block_document_id: '00000000-0000-4000-8000-0000000000c1',
      body: {
        no: '{{ review.cancel_url }}',
        by: '{{ review.postpone }}',
        of: '{{ event.payload.loaf }}',
      },
      postpone: 'PT90M',
    }
    bakery = await reviewWindow({ action: { review } })
    await bakery.fire()

    expect(bakery.asked()).toEqual({
      no: expect.stringMatching(/\/review\/[\w-]{104}$/),
      by: '1 hour 30 minutes',
      of: 'rye',
    })
  })
})

describe('an answer', () => {
  it('approve: the run’s time is now', async () => {
    const { id } = await bakery.fire()
    bakery.here.clock.advance(60)

    const { status, text } = await bakery.follow(urlsOf(bakery).approve, 'POST')

    expect([status, text]).toEqual([200, expect.stringContaining('Approved')])
    expect(await bakery.runNow(id)).toMatchObject({
      state: { type: 'SCHEDULED', message: 'Approved in review' },
      next_scheduled_start_time: nowIn(bakery),
    })
    expect(bakery.here.sent).toHaveLength(1)
  })

  it('cancel: there will be no run', async () => {
    const { id } = await bakery.fire()

    const { status, text } = await bakery.follow(urlsOf(bakery).cancel, 'POST')

    expect([status, text]).toEqual([200, expect.stringContaining('Cancelled')])
    expect((await bakery.runNow(id)).state).toMatchObject({
      type: 'CANCELLED',
      message: 'Cancelled in review',
    })
    expect(bakery.here.published.at(-1)?.event).toBe('prefect.flow-run.Cancelled')
  })

  it('postpone: it waits longer, and somebody is asked anew, with links of which these are not', async () => {
    const { id } = await bakery.fire()
    const before = urlsOf(bakery)

    const { text } = await bakery.follow(before.postpone, 'POST')

    expect(text).toContain('it waits until 2026-11-21 12:00 UTC')
    expect((await bakery.runNow(id)).next_scheduled_start_time).toBe(inThreeHours)
    expect(bakery.here.sent).toHaveLength(2)
    expect(bakery.asked().due).toBe('2026-11-21 12:00 UTC')
    for (const url of Object.values(before)) expect((await bakery.follow(url)).status).toBe(404)
    for (const url of Object.values(urlsOf(bakery))) {
      expect((await bakery.follow(url)).status).toBe(200)
    }
  })

  it('postpone, twice and more: each notice is told of', async () => {
    const { id } = await bakery.fire()
    for (let i = 0; i < 3; i += 1) await bakery.follow(urlsOf(bakery).postpone, 'POST')

    const told = bakery.here.published.filter(
      ({ event, payload }) => event.endsWith('executed') && payload.action_type === 'review-notice',
    )

    expect((await bakery.runNow(id)).next_scheduled_start_time).toBe('2026-11-21T14:00:00.000000Z')
    expect(told).toHaveLength(4)
  })

  it('is asked for anew when somebody postpones the run by the API', async () => {
    const { id } = await bakery.fire()
    const state = { type: 'SCHEDULED', state_details: { scheduled_time: inThreeHours } }
    await bakery.app.request(`/api/flow_runs/${id}/set_state`, {
      method: 'POST',
      body: JSON.stringify({ state }),
    })
    await bakery.settle()

    expect(bakery.here.sent).toHaveLength(2)
    expect(bakery.asked().due).toBe('2026-11-21 12:00 UTC')
  })

  it('is asked for anew once, however often the change is delivered', async () => {
    const { id } = await bakery.fire()
    const before = await bakery.runNow(id)
    await bakery.follow(urlsOf(bakery).postpone, 'POST')
    const after = await bakery.runNow(id)

    await followReview(bakery.here.services, HOME, { before, after })
    await bakery.settle()

    expect(bakery.here.sent).toHaveLength(2)
  })
})

describe('a link', () => {
  it.each(['approve', 'postpone', 'cancel'] as const)(
    'to %s shows what it will do, and looking changes nothing',
    async (verb) => {
      const { id } = await bakery.fire()
      const before = await bakery.runNow(id)
      const url = urlsOf(bakery)[verb]

      for (let i = 0; i < 3; i += 1) {
        expect((await bakery.follow(url, i === 1 ? 'HEAD' : 'GET')).status).toBe(200)
      }

      expect(await bakery.runNow(id)).toEqual(before)
      expect(bakery.here.sent).toHaveLength(1)
    },
  )

  it.each(['approve', 'postpone', 'cancel'] as const)(
    'works once: after %s all three lead nowhere',
    async (verb) => {
      const { id } = await bakery.fire()
      const urls = urlsOf(bakery)
      await bakery.follow(urls[verb], 'POST')
      const after = await bakery.runNow(id)

      for (const url of Object.values(urls)) {
        expect((await bakery.follow(url)).status).toBe(404)
        expect((await bakery.follow(url, 'POST')).status).toBe(404)
      }
      expect(await bakery.runNow(id)).toEqual(after)
    },
  )

  it('works once when two follow it at the same moment', async () => {
    const { id } = await bakery.fire()
    const { postpone } = urlsOf(bakery)

    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => bakery.app.request(postpone, { method: 'POST' })),
    )

    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404, 404, 404])
    expect((await bakery.runNow(id)).next_scheduled_start_time).toBe(inThreeHours)
  })

  it('leads nowhere once the run’s time has come, or it has begun', async () => {
    await bakery.fire()
    const { cancel } = urlsOf(bakery)
    bakery.here.clock.advance(7_199)
    expect((await bakery.follow(cancel)).status).toBe(200)
    bakery.here.clock.advance(1)
    expect((await bakery.follow(cancel, 'POST')).status).toBe(404)

    const early = await reviewWindow()
    const { id } = await early.fire()
    await early.app.request(`/api/flow_runs/${id}/set_state`, {
      method: 'POST',
      body: JSON.stringify({ state: { type: 'PENDING' } }),
    })
    expect((await early.follow(urlsOf(early).cancel, 'POST')).status).toBe(404)
    expect((await early.runNow(id)).state?.type).toBe('PENDING')
  })

  it('is not opened by another installation’s key', async () => {
    await bakery.fire()
    const other = await reviewWindow()
    await other.here.services.reviewKeys.create(
      await other.here.services.secrets.seal('another key', 'review-links'),
    )
    await other.fire()

    expect((await bakery.follow(urlsOf(bakery).cancel)).status).toBe(200)
    expect((await other.follow(urlsOf(bakery).cancel)).status).toBe(404)
  })

  it('is still good for a process that has just started', async () => {
    await bakery.fire()
    const later = api(bakery.here.services)

    expect((await later.request(urlsOf(bakery).cancel)).status).toBe(200)
  })

  it('that is forged, used or late leads to one page, which says nothing of which', async () => {
    const { id } = await bakery.fire()
    const { cancel } = urlsOf(bakery)
    const forged = await bakery.follow(`${cancel.slice(0, -4)}AAAA`)
    await bakery.follow(cancel, 'POST')
    const used = await bakery.follow(cancel)
    const nothing = await bakery.follow('https://tripline.test/review/x', 'POST')
    bakery.here.clock.advance(100_000)
    const late = await bakery.follow(cancel)

    for (const { status, text, headers } of [used, nothing, late]) {
      expect([status, text]).toEqual([404, forged.text])
      expect([...headers]).toEqual([...forged.headers])
    }
    expect(forged.text).not.toContain((await bakery.runNow(id)).name)
  })
})

it('nobody is asked about a run whose time has come when it is made', async () => {
  bakery.here.clock.advance(7_201)

  const run = await bakery.fire()

  expect(run.next_scheduled_start_time).toBe(inTwoHours)
  expect(bakery.here.sent).toEqual([])
})
