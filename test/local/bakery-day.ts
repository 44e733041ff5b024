// A day at the bakery, over HTTP: what senders send and runners do, in steps that may each be said again when nobody answered. What
// has come of it at the end of the day is the same however often a step was said, and whatever happened to the stack meanwhile.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { uuidv5 } from '../../lib/core/ids.ts'
import {
  formatInstant,
  MICROS_PER_MS,
  MICROS_PER_SECOND,
  type Micros,
} from '../../lib/core/time.ts'
import { eventTrigger } from '../core/bakery.ts'

/** Seconds between the bell and the run that it sets off, and within which an oven must get warm. */
export const DELAY_SECONDS = 60
/** Events of the largest batch: three transactions. */
export const CRUMBS = 201

type Json = ReturnType<typeof JSON.parse>

/** A stack that may end at any moment; then a call rejects. */
export interface Bakery {
  now(): Micros
  say(method: string, path: string, body?: unknown): Promise<Json>
  /** Calls the webhook once, as one delivery. */
  call(): Promise<void>
  /** Sends an event by the socket, and waits until it is confirmed. */
  tell(event: object): Promise<void>
}

/** What every day begins with: a webhook, two deployments, and automations. */
export interface Premises {
  slug: string
  atOnce: string
  later: string
}

/** Ids derive from what happens, so that said again it is the same event. */
const eventId = (name: string, n: number) =>
  uuidv5(`${name}/${n}`, '6f1b0a52-7a3c-4c86-9f0e-3c1f0f8e6bff')

/** The bakery at an address. `now` is the time there, which may be moved. */
export function bakery(url: string, { slug }: Pick<Premises, 'slug'>, now = realTime): Bakery {
  return {
    now,
    async say(method, path, body) {
      const answer = await fetch(`${url}/api${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      return text === '' ? null : JSON.parse(text)
    },
    async call() {
      const headers = { 'x-github-delivery': 'a delivery of flour' }
      const answer = await fetch(`${url}/hooks/${slug}`, { method: 'POST', headers, body: '{}' })
      if (answer.status !== 204) throw new Error(`the webhook answered ${answer.status}`)
    },
    async tell(event) {
      const ws = new WebSocket(`${url.replace('http', 'ws')}/api/events/in`, 'prefect')
      const lost = once(ws, 'close').then(() => Promise.reject(new Error('the socket was closed')))
      ws.on('error', () => {}) // `close` follows
      await Promise.race([once(ws, 'open'), lost])
      ws.send(JSON.stringify({ type: 'auth', token: null }))
      ws.send(JSON.stringify(event))
      ws.ping()
      await Promise.race([once(ws, 'pong'), lost])
      lost.catch(() => {})
      ws.close()
    },
  }
}

const realTime = (): Micros => Date.now() * MICROS_PER_MS

/** Makes them; a stack in another process is given by its address. */
export async function openBakery(at: string | Bakery['say']): Promise<Premises> {
  const say = typeof at === 'string' ? bakery(at, { slug: '' }).say : at
  const template = '{"event":"flour.came","resource":{"prefect.resource.id":"flour"},"payload":{}}'
  const { slug } = await say('POST', '/webhooks/', { name: 'flour', template })
  const { id: flow_id } = await say('POST', '/flows/', { name: 'bake' })
  const deploy = async (name: string) =>
    (await say('POST', '/deployments/', { name, flow_id })).id as string
  const [atOnce, later] = [await deploy('at-once'), await deploy('later')]
  const run = (deployment_id: string, more = {}) => ({
    type: 'run-deployment',
    source: 'selected',
    deployment_id,
    ...more,
  })
  const nothing = { type: 'do-nothing' }
  const on = (expect: string, more = {}) => eventTrigger({ expect: [expect], ...more })
  const silence = { posture: 'Proactive' as const, within: DELAY_SECONDS, for_each: [OVEN] }
  const shift = { type: 'sequence', within: null, triggers: [on('shift.began'), on('shift.ended')] }
  const automations: [string, object, object][] = [
    ['bake each dough', on('dough.proofed'), run(atOnce)],
    ['bake for three ovens', on('oven.warm', { threshold: 3, within: 600 }), run(atOnce)],
    ['clean up later', on('bell.rung'), run(later, { schedule_after: DELAY_SECONDS })],
    ['worry about an oven', on('oven.hot', { ...silence, after: ['oven.lit'] }), nothing],
    ['note the shift', shift, nothing],
    ['note the flour', on('flour.came'), nothing],
    ['note every hundred crumbs', on('crumb.fallen', { threshold: 100 }), nothing],
  ]
  for (const [name, trigger, action] of automations) {
    await say('POST', '/automations/', { name, trigger, actions: [action] })
  }
  return { slug, atOnce, later }
}

const OVEN = 'prefect.resource.id'

export interface Step {
  name: string
  /** Nothing may be on its way any more when it begins. */
  isQuiet?: true
  /** Microseconds the clock is moved before it. */
  advance?: Micros
  /** Events that are stored when it has ended. */
  events?: { id: string }[]
  act(bakery: Bakery, premises: Premises): Promise<unknown>
}

/** The steps of a day that begins at a moment. */
export function dayFrom(opening: Micros, crumbCount = CRUMBS): Step[] {
  const happened = (event: string, n = 1, resource = 'oven.1', at = opening) => ({
    id: eventId(event, n),
    occurred: formatInstant(at),
    event,
    resource: { [OVEN]: resource },
  })
  const send = (name: string, ...events: { id: string }[]): Step => ({
    name,
    events,
    act: ({ say }) => say('POST', '/events', events),
  })
  const tell = (name: string, event: { id: string }): Step => ({
    name,
    events: [event],
    act: ({ tell }) => tell(event),
  })
  const ovens = [1, 2, 3].map((n) => happened('oven.warm', n, `oven.${n}`))
  const crumbs = Array.from({ length: crumbCount }, (_, n) => happened('crumb.fallen', n))
  const evening = (DELAY_SECONDS + 1) * MICROS_PER_SECOND
  return [
    send('dough', happened('dough.proofed')),
    send('morning', ...ovens, happened('oven.lit'), happened('shift.began')),
    { name: 'flour', act: ({ call }) => call() },
    send('bell', happened('bell.rung')),
    tell('shift', happened('shift.ended', 1, 'oven.1', opening + 1)),
    send('crumbs', ...crumbs),
    { name: 'noon', isQuiet: true, act: (at, { later }) => expectDue(at, later, 0) },
    {
      name: 'evening',
      isQuiet: true,
      advance: evening,
      act: (at, { later }) => expectDue(at, later, 1),
    },
    { name: 'baking', isQuiet: true, act: (at, { atOnce }) => bakeFirst(at, atOnce) },
    { name: 'hiring', isQuiet: true, act: hireCat },
    send('night', happened('mouse.seen')),
  ]
}

/** Not a crash: the stack answered, and wrongly. */
export class WrongDay extends Error {}

/** What a server that polls for a deployment is given. */
async function expectDue({ say, now }: Bakery, deployment: string, count: number): Promise<void> {
  const body = { deployment_ids: [deployment], scheduled_before: formatInstant(now()) }
  const due = await say('POST', '/deployments/get_scheduled_flow_runs', body)
  if (due.length !== count) throw new WrongDay(`${due.length} delayed runs are due, not ${count}`)
}

/** Runs every run of a deployment, as a runner that knows how far it got. */
async function bakeFirst({ say }: Bakery, deployment: string): Promise<void> {
  const runs = await say('POST', '/flow_runs/filter', {
    deployments: { id: { any_: [deployment] } },
  })
  for (const { id, state_type } of runs) {
    const types = ['RUNNING', 'COMPLETED']
    for (const type of types.slice(types.indexOf(state_type) + 1)) {
      await say('POST', `/flow_runs/${id}/set_state`, { state: { type } })
    }
  }
}

/** Makes an automation, unless it is there already; then it sees the next event. */
async function hireCat({ say }: Bakery): Promise<void> {
  const name = 'hunt each mouse'
  const known = await say('POST', '/automations/filter', {
    automations: { name: { any_: [name] } },
  })
  if (known.length > 0) return
  const trigger = eventTrigger({ expect: ['mouse.seen'] })
  await say('POST', '/automations/', { name, trigger, actions: [{ type: 'do-nothing' }] })
}

/** What a day came to, as the API tells it. */
export interface Outcome {
  /** How many events there are of each name. */
  events: Record<string, number>
  /** How often each automation fired. */
  firings: Record<string, number>
  /** The states of each deployment's runs, run by run. */
  runs: Record<string, string[]>
}

export async function outcomeOf({ say }: Bakery, premises: Premises): Promise<Outcome> {
  const events: Json[] = []
  for (let page = await say('POST', '/events/filter', {}); ; ) {
    events.push(...page.events)
    if (page.next_page === null) break
    page = await say('GET', page.next_page.slice(page.next_page.indexOf('/api') + 4))
  }
  const triggered = events.filter(({ event }) => event === 'prefect.automation.triggered')
  const runs: Outcome['runs'] = {}
  for (const name of ['atOnce', 'later'] as const) {
    const deployments = { id: { any_: [premises[name]] } }
    const found: Json[] = await say('POST', '/flow_runs/filter', { deployments })
    const states = found.map(async ({ id }) => {
      const all: Json[] = await say('GET', `/flow_run_states/?flow_run_id=${id}`)
      return all.map((state) => state.name).join(' ')
    })
    runs[name] = (await Promise.all(states)).sort()
  }
  return {
    events: countBy(events.map(({ event }) => event)),
    firings: countBy(triggered.map(({ resource }) => resource['prefect.resource.name'])),
    runs,
  }
}

function countBy(names: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names.sort()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
