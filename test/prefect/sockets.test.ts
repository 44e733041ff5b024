// What the client was recorded saying over sockets, in each of the ways in which it says who it is, said to our sockets: the same
// frames come back, and every event it sent is stored.
import { expect, it } from 'vitest'
import { createFeedIndex } from '../../lib/core/feed.ts'
import { eventSockets } from '../../lib/http/sockets.ts'
import { fakes, newEvents } from '../fakes.ts'
import { type Frame, frames, isObject } from './compare.ts'

/** Recordings, with the sockets that each opens at our paths. */
const RECORDINGS: [string, number][] = [
  ['a_emit', 1],
  ['b_hook', 1],
  ['b_simple', 1],
  ['c_serve', 5],
  ['f_worker', 4],
  ['f_worker2', 9],
  ['g_event_stream', 5],
  ['n_auth', 1],
  ['n_cloud', 1],
  ['n_key', 1],
]

/** The worker's channel, which we do not have: the worker goes on over REST, and was recorded doing so. */
const ABSENT = /\/workers\/connect$/

interface Connected extends Frame {
  n: number
}

const isEvent = (said: unknown): said is { id: string } => isObject(said) && 'occurred' in said

/** Events come when they come; what is compared is what answers the client. */
const isAnswer = (heard: unknown): boolean => isObject(heard) && heard.type !== 'event'

it.each(RECORDINGS)('%s hears from %i sockets what it heard from Prefect', async (name, opened) => {
  const here = fakes()
  const open = eventSockets(
    here.services,
    async () => createFeedIndex(),
    () => () => {},
  )
  const all = frames(name) as Connected[]
  const connections = all.filter(({ ws, path }) => ws === 'open' && !ABSENT.test(path ?? ''))
  const sent = new Set<string>()

  for (const { n, path = '', h } of connections) {
    const heard: unknown[] = []
    const socket = open(
      path,
      {
        send: (frame) => heard.push(frame),
        close: (code, reason) => heard.push(`${code} ${reason}`),
      },
      { header: (header) => h?.[header], address: '203.0.113.7' },
    )
    const said = all.filter((frame) => frame.n === n && frame.ws === 'c>s').map(({ m }) => m)
    for (const one of said) socket?.frame(JSON.stringify(one))
    await socket?.settled()
    socket?.closed()

    const answers = all.filter((frame) => frame.n === n && frame.ws === 's>c').map(({ m }) => m)
    expect(heard.filter(isAnswer)).toEqual(answers.filter(isAnswer))
    for (const event of said.filter(isEvent)) sent.add(event.id)
  }

  expect(connections).toHaveLength(opened)
  const stored = await newEvents(here)
  expect(new Set(stored.map(({ id }) => id))).toEqual(sent)
})
