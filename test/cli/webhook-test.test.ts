// Fixtures: replayed without a server, written anew, and captured from a real one.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CATALOGUE_NAMES } from '../../lib/core/webhook-catalogue.ts'
import { cli, ROOT, rows, type Stack, startStack } from './stack.ts'

const directory = mkdtempSync(join(tmpdir(), 'fixtures-'))
afterAll(() => rmSync(directory, { recursive: true }))

const write = (name: string, value: unknown) =>
  writeFileSync(join(directory, name), typeof value === 'string' ? value : JSON.stringify(value))

describe('webhook test', () => {
  it('finds a recorded delivery of every preset, each as expected', async () => {
    const { code, out } = await cli(['webhook', 'test', 'test/webhooks', '-o', 'json'])

    const replayed: { fixture: string; verdict: string }[] = JSON.parse(out)
    const presets = replayed.map(({ fixture }) =>
      String(JSON.parse(readFileSync(join(ROOT, fixture), 'utf8')).preset),
    )
    expect(code).toBe(0)
    expect(new Set(presets)).toEqual(new Set(CATALOGUE_NAMES))
    expect(replayed.map(({ verdict }) => verdict)).toEqual(replayed.map(() => 'passed'))
  })

  it('every recorded delivery makes events', async () => {
    const { out } = await cli(['webhook', 'test', 'test/webhooks', '-o', 'json'])

    for (const { fixture } of JSON.parse(out)) {
      const { expected } = JSON.parse(readFileSync(join(ROOT, fixture), 'utf8'))
      expect(expected.errors, fixture).toEqual([])
      expect(expected.events.length, fixture).toBeGreaterThan(0)
    }
  })

  it('fails until an expectation is written, and again when the template changes', async () => {
    const at = (...flags: string[]) => cli(['webhook', 'test', '.', ...flags], { cwd: directory })
    write('t.jinja', '{"event": "a.{{ body.x }}", "resource": {"prefect.resource.id": "r"}}')
    write('one.json', { template: 't.jinja', request: { body: { x: 1 } } })

    const first = await at()
    const written = await at('-u')
    const same = await at('--json')
    write('t.jinja', '{"event": "b.{{ body.x }}", "resource": {"prefect.resource.id": "r"}}')
    const changed = await at('--json')

    expect(first).toMatchObject({ code: 1, err: expect.stringContaining('1 of 1 fixtures') })
    expect([written.code, same.code, changed.code]).toEqual([0, 0, 1])
    expect(JSON.parse(changed.out)[0]).toMatchObject({
      verdict: 'failed',
      changes: [{ path: '/events/0/event', before: 'a.1', after: 'b.1' }],
    })
  })

  it('tells long integers apart, and writes them digit by digit', async () => {
    const template = 'ids.jinja'
    write(
      template,
      '{"event": "a", "resource": {"prefect.resource.id": "r"}, "payload": {{ body|tojson }}}',
    )
    write('ids.json', `{"template": "${template}", "request": {"body": {"id": 9007199254740993}}}`)
    const at = (...flags: string[]) =>
      cli(['webhook', 'test', 'ids.json', ...flags], { cwd: directory })
    const kept = () => readFileSync(join(directory, 'ids.json'), 'utf8')

    const written = await at('-u')
    const same = await at()
    const text = kept()
    write('ids.json', text.replace('9007199254740993', '9007199254740992')) // the request's
    const other = await at('-o', 'json')

    expect([written.code, same.code, other.code]).toEqual([0, 0, 1])
    expect(text.match(/9007199254740993/g)).toHaveLength(2)
    expect(JSON.parse(other.out)[0].changes).toEqual([
      { path: '/events/0/payload/id', before: '9007199254740993', after: 9007199254740992 },
    ])
  })

  it.each([
    ['{"request": {}, "tempalte": "x"}', 'tempalte'],
    ['{"request": {"body": 1}}', 'names no template'],
    ['{"preset": "gitbuh", "request": {}}', 'preset'],
    ['{"template": "gone.jinja", "request": {}}', 'gone.jinja'],
    ['[', 'is no JSON'],
  ])('%s is no fixture, and why is said', async (text, why) => {
    write('bad.json', text)

    const { code, err } = await cli(['webhook', 'test', 'bad.json'], { cwd: directory })

    expect(code).toBeGreaterThan(0)
    expect(err).toContain(why)
    expect(err).toContain('bad.json')
  })
})

describe('with a server', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack()
  })
  afterAll(() => stack.stop())
  const say = (...argv: string[]) =>
    cli(argv, { cwd: directory, env: { TRIPLINE_API_URL: stack.apiUrl } })

  it('create --preset makes a signed webhook and shows its secret this once', async () => {
    const created = await say('webhook', 'create', 'hub', '--preset', 'github')
    const [webhook] = rows(created.out)
    const [shown] = rows((await say('webhook', 'get', 'hub')).out)

    expect(webhook).toMatchObject({ secret: expect.stringMatching(/^whsec_/) })
    expect(shown).toMatchObject({
      signature: { preset: 'github' },
      allowed_events: ['github.*'],
      template: expect.stringContaining('x-github-event'),
    })
    expect(JSON.stringify(shown)).not.toContain(webhook?.secret)
    expect(created.err).toContain('Settings > Webhooks')
  })

  it('a sender that chooses the secret has to be asked for it', async () => {
    const { code, err } = await say('webhook', 'create', 'pay', '--preset', 'stripe')
    const added = await say('webhook', 'secret', 'pay', '--secret', 'whsec_from_stripe')

    expect(code).toBe(0)
    expect(err).toContain('tripline webhook secret pay --secret @file')
    expect(rows(added.out)[0]).toMatchObject({ secret: 'whsec_from_stripe' })
  })

  it.each([
    [['--preset', 'gitbuh'], 'github, gitlab'],
    [['--secret', 's'], '--secret needs --preset'],
    [['--preset', 'cloudevents', '--secret', 's'], 'has no secret'],
  ])('create with %j is refused with what would be right', async (flags, why) => {
    const { code, err } = await say('webhook', 'create', 'w', ...flags)

    expect(code).toBe(2)
    expect(err).toContain(why)
  })

  it('capture waits for the next call and saves it as a fixture that passes, without secrets', async () => {
    const [webhook] = rows((await say('webhook', 'create', 'caught')).out)
    const waiting = say('webhook', 'capture', 'caught', '--dir', 'kept', '--timeout', '20s')
    for (;;) {
      const [now] = rows((await say('webhook', 'get', 'caught')).out)
      if (now?.capture_until) break
    }
    const answer = await fetch(String(webhook?.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer hidden' },
      body: '{"n": 1}',
    })
    const captured = await waiting
    const replayed = await say('webhook', 'test', 'kept', '-o', 'json')
    const [after] = rows((await say('webhook', 'get', 'caught')).out)

    expect(answer.status).toBe(204)
    expect(captured.code).toBe(0)
    expect(JSON.parse(replayed.out)).toMatchObject([{ verdict: 'passed' }])
    const { fixture } = JSON.parse(replayed.out)[0]
    const text = readFileSync(join(directory, fixture), 'utf8')
    expect(JSON.parse(text)).toMatchObject({ request: { body: '{"n": 1}' } })
    expect(text).not.toContain('hidden')
    expect(after?.capture_until).toBeNull()
  })

  it('capture --failed takes calls that made no event', async () => {
    const template = '{"event": "{{ body.x }}", "resource": {"prefect.resource.id": "r"}}'
    const [webhook] = rows((await say('webhook', 'create', 'strict', '-t', template)).out)
    await fetch(String(webhook?.url), { method: 'POST', body: '{"n": 1}' })

    const { code } = await say('webhook', 'capture', 'strict', '--failed', '--dir', 'failed')
    const replayed = await say('webhook', 'test', 'failed', '-o', 'json')

    expect(code).toBe(0)
    expect(JSON.parse(replayed.out)).toMatchObject([{ verdict: 'passed' }])
  })
})
