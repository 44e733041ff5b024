// The nouns of the command line, against a real server.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli as command, project, rows, type Stack, startStack } from './stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

const cli = (argv: string[], answers?: string[]) =>
  command(argv, { env: { TRIPLINE_API_URL: stack.apiUrl }, ...(answers && { answers }) })

/** What a listing has in the end: what is stored is listed a moment later. */
async function listed(argv: string[]): Promise<Record<string, unknown>[]> {
  for (;;) {
    const found = rows((await cli(argv)).out)
    if (found.length > 0) return found
  }
}

describe('webhook', () => {
  it('create prints the URL, ls lists it, rotate gives another one', async () => {
    const created = rows((await cli(['webhook', 'create', 'github', '-d', 'pushes'])).out)[0]
    const [webhook] = rows((await cli(['webhook', 'ls'])).out)
    const rotated = rows((await cli(['webhook', 'rotate', 'github', '--yes'])).out)[0]

    expect(created?.url).toBe(`${stack.apiUrl.replace('/api', '/hooks')}/${webhook?.slug}`)
    expect(webhook).toMatchObject({ name: 'github', description: 'pushes', enabled: true })
    expect(rotated).toMatchObject({ id: webhook?.id, name: 'github' })
    expect(rotated?.slug).not.toBe(webhook?.slug)
  })

  it('a table has Prefect’s columns', async () => {
    const { out } = await cli(['webhook', 'ls'], [])

    expect(out.split('\n')[0]).toMatch(/^webhook id +url slug +name +enabled\? +template$/)
  })

  it('toggle, update and delete', async () => {
    const toggled = await cli(['webhook', 'toggle', 'github'])
    await cli(['webhook', 'update', 'github', '-n', 'gitlab', '-t', '{"event": "x"}'])
    const got = rows((await cli(['webhook', 'get', 'gitlab'])).out)[0]
    await cli(['webhook', 'delete', 'gitlab', '--yes'])
    const gone = await cli(['webhook', 'get', 'gitlab'])

    expect(toggled.err).toBe('Webhook is now disabled\n')
    expect(got).toMatchObject({ name: 'gitlab', enabled: false, template: '{"event": "x"}' })
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining("no webhook 'gitlab'") })
  })

  it('render shows the event that a template would make, or what is wrong', async () => {
    const template =
      '{"event": "order.{{ body.status }}", "resource": {"prefect.resource.id": "order.{{ body.id }}"}}'
    const data = ['-d', '{"status": "shipped", "id": 42}']
    const good = await cli(['webhook', 'render', '-t', template, ...data])
    const bad = await cli(['webhook', 'render', '-t', '{"event": "{{ body.status }}"}', ...data])

    expect(rows(good.out)[0]).toMatchObject({ events: [{ event: 'order.shipped' }] })
    expect(bad).toMatchObject({ code: 1, err: expect.stringContaining('would make no event') })
  })

  it('a template that is none is refused with the server’s words', async () => {
    const { code, err } = await cli(['webhook', 'create', 'bad', '-t', '{{ body.'])

    expect(code).toBe(1)
    expect(err).toMatch(/template: .*Invalid template/)
  })
})

describe('event', () => {
  it('emit sends it, ls shows it', async () => {
    const argv = ['event', 'emit', 'order.shipped', '-r', 'order.42', '-p', '{"carrier": "bike"}']
    const [emitted] = rows((await cli(argv)).out)
    const [event] = await listed(['event', 'ls', '--prefix', 'order.', '--resource', 'order.*'])

    expect(event).toMatchObject({ id: emitted?.id, payload: { carrier: 'bike' } })
  })

  it.each([
    [['order.shipped'], 'an event happens to something'],
    [['a', '-r', 'b', '-p', '[1]'], '--payload is no JSON object'],
    [['a', '-r', 'b', '-p', '{'], '--payload is no JSON'],
  ])('emit %o is refused', async (argv, words) => {
    expect(await cli(['event', 'emit', ...argv])).toMatchObject({
      code: 2,
      err: expect.stringContaining(words),
    })
  })

  it('stream prints what comes, listen sends it on', async () => {
    const bodies: string[] = []
    const server = createServer((request, answer) => {
      request.on('data', (chunk) => bodies.push(String(chunk)))
      request.on('end', () => answer.writeHead(204).end())
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.on('listening', resolve))
    const { port } = server.address() as AddressInfo
    const flags = ['--prefix', 'oven.', '--run-once']

    const watching = Promise.all([
      cli(['event', 'stream', ...flags]),
      cli(['listen', String(port), ...flags]),
    ])
    const emitting = { isOver: false }
    const emit = async () => {
      while (!emitting.isOver) await cli(['event', 'emit', 'oven.hot', '-r', 'oven.1'])
    }
    const emitted = emit()
    const [streamed, sent] = await watching
    emitting.isOver = true
    await emitted
    server.close()

    expect(rows(streamed.out)).toMatchObject([{ event: 'oven.hot' }])
    expect(sent.out).toMatch(/^204 .*oven.hot\n$/)
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ event: 'oven.hot' })
  })
})

describe('automation', () => {
  const YAML = `
name: bake when proofed
trigger: {type: event, posture: Reactive, expect: [dough.proofed]}
actions: [{type: do-nothing}]
`

  it('create -f, inspect, pause, resume, update, delete', async () => {
    const { cwd, remove } = project({ 'automation.yaml': YAML })
    const env = { TRIPLINE_API_URL: stack.apiUrl }
    const created = await command(['automation', 'create', '-f', 'automation.yaml'], { cwd, env })
    remove()
    const inspected = await cli(['automation', 'inspect', 'bake when proofed', '--yaml'])
    await cli(['automation', 'pause', 'bake when proofed'])
    const paused = rows((await cli(['automation', 'ls'])).out)[0]
    await cli(['automation', 'enable', 'bake when proofed'])
    const json = { name: 'bake', trigger: { posture: 'Reactive' }, actions: [] }
    const argv = ['automation', 'update', '--id', 'bake when proofed', '-j', JSON.stringify(json)]
    await cli(argv)
    const updated = rows((await cli(['automation', 'inspect', 'bake'])).out)[0]
    await cli(['automation', 'delete', 'bake', '--yes'])

    expect(rows(created.out)[0]).toMatchObject({ name: 'bake when proofed' })
    expect(inspected.out).toContain('posture: Reactive\n')
    expect(paused).toMatchObject({ name: 'bake when proofed', enabled: false })
    expect(updated).toMatchObject({ id: paused?.id, enabled: true, actions: [] })
    expect(rows((await cli(['automation', 'ls'])).out)).toEqual([])
  })

  it.each([
    ['a misspelt key', 'treshold: 2', '', 'f.yaml:2: trigger.treshold: is no key that is known'],
    ['a wrong type', 'threshold: many', '', 'f.yaml:2: trigger.threshold: '],
    ['a deployment that is not there', '', 'a/b', 'f.yaml:3: actions[0].deployment: there is no'],
  ])('%s in a file is told with file, line and key', async (_, key, deployment, words) => {
    const yaml = `name: bake\ntrigger: { posture: Reactive, expect: [proofed], ${key} }\nactions: [${
      deployment && `{ type: run-deployment, deployment: ${deployment} }`
    }]\n`
    const { cwd, remove } = project({ 'f.yaml': yaml })
    const env = { TRIPLINE_API_URL: stack.apiUrl }
    const { code, err } = await command(['automation', 'create', '-f', 'f.yaml'], { cwd, env })
    remove()

    expect(code).toBe(2)
    expect(err).toContain(words)
  })

  it('takes durations as project files do, and what inspect has printed', async () => {
    const env = { TRIPLINE_API_URL: stack.apiUrl }
    const silence = '{ posture: Proactive, expect: oven.beat, within: 10m }'
    const made = project({ 'f.yaml': `name: silence\ntrigger: ${silence}\nactions: []\n` })
    await command(['automation', 'create', '-f', 'f.yaml'], { cwd: made.cwd, env })
    const { out } = await cli(['automation', 'inspect', 'silence', '--yaml'])
    made.remove()
    const again = project({ 'f.yaml': out.replace('threshold: 1', 'threshold: 2') })
    const argv = ['automation', 'update', '--id', 'silence', '-f', 'f.yaml']
    const { code } = await command(argv, { cwd: again.cwd, env })
    again.remove()
    const [updated] = rows((await cli(['automation', 'inspect', 'silence'])).out)
    await cli(['automation', 'delete', 'silence', '--yes'])

    expect(code).toBe(0)
    expect(updated?.trigger).toMatchObject({ threshold: 2, within: 600 })
  })

  it('explain of an event that is not there says so', async () => {
    const { code, err } = await cli(['automation', 'explain', 'nothing'])

    expect(code).toBe(1)
    expect(err).toContain("there is no event 'nothing'\n  `tripline event ls`")
  })

  it('what is no automation is refused, with one that is', async () => {
    const { code, err } = await cli(['automation', 'create', '-j', '[]'])

    expect(code).toBe(2)
    expect(err).toContain('--from-json holds no automation')
  })
})

describe('variable', () => {
  it('set, get, overwrite, unset', async () => {
    await cli(['variable', 'set', 'oven_degrees', '230'])
    const again = await cli(['variable', 'set', 'oven_degrees', '240'])
    await cli(['variable', 'set', 'oven_degrees', 'hot', '--overwrite'])
    const got = await cli(['variable', 'get', 'oven_degrees'])
    await cli(['variable', 'unset', 'oven_degrees', '-y'])
    const gone = await cli(['variable', 'get', 'oven_degrees'])

    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('--overwrite') })
    expect(got.out).toBe('hot\n')
    expect(gone.code).toBe(1)
  })
})

describe('work-pool', () => {
  it('create, pause, inspect, delete', async () => {
    await cli(['work-pool', 'create', 'ovens', '--type', 'process'])
    await cli(['work-pool', 'pause', 'ovens'])
    const [pool] = rows((await cli(['work-pool', 'inspect', 'ovens'])).out)
    await cli(['work-pool', 'delete', 'ovens', '--yes'])

    expect(pool).toMatchObject({ name: 'ovens', type: 'process', is_paused: true })
    expect((await cli(['work-pool', 'inspect', 'ovens'])).code).toBe(1)
  })
})

it('emit does not choose between two resources', async () => {
  const { code, err } = await cli(['event', 'emit', 'a', '--resource-id', 'a.1', '-r', 'b=c'])

  expect(code).toBe(2)
  expect(err).toContain("--resource-id says 'a.1', --resource 'b=c'")
})

it('doctor finds nothing wrong', async () => {
  const { code, out } = await cli(['doctor'])

  expect([code, rows(out).every(({ ok }) => ok)]).toEqual([0, true])
})
