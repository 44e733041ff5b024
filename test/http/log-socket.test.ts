// The log socket: what is logged of the runs that a filter names, once each, from the subscription on.
import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_WORKSPACE } from '../../lib/core/workspace.ts'
import { logsOut } from '../../lib/http/log-socket.ts'
import { apiClient, NOTHING } from './client.ts'

const RUN = '11111111-1111-4111-8111-111111111111'

let { here, say } = apiClient()
let heard: { type: string; log: { message: string } }[] = []
let closed: number[] = []
let looks: (() => Promise<void>)[] = []
beforeEach(() => {
  ;({ here, say } = apiClient())
  heard = []
  closed = []
  looks = []
})

function open() {
  const connection = {
    send: (frame: object) => void heard.push(frame as (typeof heard)[number]),
    close: (code: number) => void closed.push(code),
  }
  return logsOut(here.services, DEFAULT_WORKSPACE, connection, (look) => {
    looks.push(look)
    return () => looks.splice(looks.indexOf(look), 1)
  })
}

async function write(message: string, over: object = {}) {
  here.clock.advance(1)
  const line = { name: 'oven', level: 20, timestamp: '2026-11-21T09:00:00Z', flow_run_id: RUN }
  await say('POST', '/logs/', [{ ...line, message, ...over }])
}

const look = () => Promise.all(looks.map((one) => one()))
const messages = () => heard.map(({ log }) => log.message)
const filterOf = (filter: object) => JSON.stringify({ type: 'filter', filter })
const ofRun = { flow_run_id: { any_: [RUN] } }

describe('a subscription to log lines', () => {
  it('hears what is logged from then on, each line once', async () => {
    await write('before')
    here.clock.advance(1)
    open().frame(filterOf(ofRun))
    await write('one')
    await look()
    await write('two')
    await look()

    expect(messages()).toEqual(['one', 'two'])
    expect(heard[0]).toMatchObject({ type: 'log', log: { flow_run_id: RUN, level: 20 } })
  })

  it.each([
    [{ ...ofRun, level: { ge_: 30 } }, ['loud']],
    [{ flow_run_id: { any_: [NOTHING] } }, []],
    [{}, []],
  ])('by %j hears %j', async (filter, expected) => {
    open().frame(filterOf(filter))
    await write('quiet')
    await write('loud', { level: 40 })
    await look()

    expect(messages()).toEqual(expected)
  })

  it('is replaced by the next filter, and ends with the connection', () => {
    const socket = open()
    socket.frame(filterOf(ofRun))
    socket.frame(filterOf({}))
    expect(looks).toHaveLength(1)
    socket.closed()
    expect(looks).toHaveLength(0)
  })

  it.each(['{"type":"event"}', 'no JSON', '{"type":"filter","filter":{"level":"loud"}}'])(
    'is closed as a fault of protocol for %s',
    (frame) => {
      open().frame(frame)
      expect(closed).toEqual([1002])
    },
  )
})
