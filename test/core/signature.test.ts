// Published examples of the senders whose schemes we read, and what an attacker would change about them.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CallScheme, type Proof, verify } from '../../lib/core/signature.ts'
import {
  PLAIN_HMAC,
  PRESET_NAMES,
  type PresetName,
  presetOf,
} from '../../lib/core/signature-presets.ts'
import { secretFault } from '../../lib/core/signature-secret.ts'
import { MICROS_PER_SECOND, type Micros } from '../../lib/core/time.ts'

interface Vector {
  preset: PresetName
  secret: string
  headers: Record<string, string>
  body: string
  at: number
}

const NOW = 1_795_251_600

/** All but SNS's, which is checked with more than the call (sns.test.ts). */
const NAMES = PRESET_NAMES.filter((name) => name !== 'sns')
const schemeOf = (preset: PresetName) => presetOf(preset).scheme as CallScheme

const hmac = (key: string | Buffer, text: string, encoding: 'hex' | 'base64') =>
  createHmac('sha256', key).update(text).digest(encoding)

const pair = generateKeyPairSync('ed25519')
const publicKey = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
const ed25519 = (text: string, encoding: 'hex' | 'base64') =>
  sign(null, Buffer.from(text), pair.privateKey).toString(encoding)

/** Constants from the senders' own documentation; where it has none, made here with nothing but node:crypto. */
const VECTORS: Record<string, Vector> = {
  'Standard Webhooks (the example of its specification and libraries)': {
    preset: 'standard-webhooks',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    at: 1_614_265_330,
  },
  'Svix (the same under its own header names)': {
    preset: 'standard-webhooks',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    headers: {
      'svix-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'svix-timestamp': '1614265330',
      'svix-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    at: 1_614_265_330,
  },
  'GitHub (testing the webhook payload validation)': {
    preset: 'github',
    secret: "It's a Secret to Everybody",
    headers: {
      'X-Hub-Signature-256':
        'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    },
    body: 'Hello, World!',
    at: NOW,
  },
  'Slack (verifying requests from Slack)': {
    preset: 'slack',
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    headers: {
      'X-Slack-Request-Timestamp': '1531420618',
      'X-Slack-Signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
    body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    at: 1_531_420_618,
  },
  'Stripe (verify manually, steps 1 to 4)': {
    preset: 'stripe',
    secret: 'whsec_stripe_uses_the_text_as_it_is',
    headers: {
      'Stripe-Signature': `t=${NOW},v1=${hmac('whsec_stripe_uses_the_text_as_it_is', `${NOW}.{"id":"evt_1"}`, 'hex')},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39`,
    },
    body: '{"id":"evt_1"}',
    at: NOW,
  },
  Shopify: {
    preset: 'shopify',
    secret: 'hush',
    headers: { 'X-Shopify-Hmac-Sha256': hmac('hush', '{"order":1}', 'base64') },
    body: '{"order":1}',
    at: NOW,
  },
  PagerDuty: {
    preset: 'pagerduty',
    secret: 'duty',
    headers: { 'X-PagerDuty-Signature': `v1=${'0'.repeat(64)},v1=${hmac('duty', 'b', 'hex')}` },
    body: 'b',
    at: NOW,
  },
  Meta: {
    preset: 'meta',
    secret: 'app',
    headers: { 'X-Hub-Signature-256': `sha256=${hmac('app', 'b', 'hex')}` },
    body: 'b',
    at: NOW,
  },
  GitLab: {
    preset: 'gitlab',
    secret: 'a token',
    headers: { 'X-Gitlab-Token': 'a token' },
    body: 'b',
    at: NOW,
  },
  'Standard Webhooks with a key pair': {
    preset: 'standard-webhooks-ed25519',
    secret: `whpk_${publicKey.toString('base64')}`,
    headers: {
      'webhook-id': 'msg_1',
      'webhook-timestamp': `${NOW}`,
      'webhook-signature': `v1a,${ed25519(`msg_1.${NOW}.{"a":1}`, 'base64')}`,
    },
    body: '{"a":1}',
    at: NOW,
  },
  Discord: {
    preset: 'discord',
    secret: publicKey.toString('hex'),
    headers: {
      'X-Signature-Ed25519': ed25519(`${NOW}{"type":2}`, 'hex'),
      'X-Signature-Timestamp': `${NOW}`,
    },
    body: '{"type":2}',
    at: NOW,
  },
  'RFC 7617 basic': {
    preset: 'basic',
    secret: 'Aladdin:open sesame',
    headers: { Authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' },
    body: '',
    at: NOW,
  },
  'RFC 6750 bearer': {
    preset: 'bearer',
    secret: 'mF_9.B5f-4.1JqM',
    headers: { Authorization: 'bearer mF_9.B5f-4.1JqM' },
    body: '',
    at: NOW,
  },
  'an API key': {
    preset: 'api-key',
    secret: 'k',
    headers: { 'x-api-key': 'k' },
    body: '',
    at: NOW,
  },
}

const proof = (headers: Record<string, string>, body: string | Uint8Array, query = ''): Proof => ({
  headers: new Headers(headers),
  query: new URLSearchParams(query),
  body: Buffer.from(body),
})

const micros = (seconds: number): Micros => seconds * MICROS_PER_SECOND

const check = ({ preset, secret, headers, body, at }: Vector) =>
  verify(schemeOf(preset), [secret], proof(headers, body), micros(at))

const named = Object.entries(VECTORS)
const isSigning = ({ scheme }: CallScheme) => scheme === 'hmac' || scheme === 'ed25519'
const signing = named.filter(([, { preset }]) => isSigning(schemeOf(preset)))
const timed = signing.filter(([, { preset }]) => {
  const scheme = schemeOf(preset)
  return 'signs' in scheme && scheme.signs.includes('{timestamp}')
})

describe('presets', () => {
  it('each has an example here', () => {
    expect(new Set(named.map(([, { preset }]) => preset))).toEqual(new Set(NAMES))
  })

  it.each(named)('%s: the example is right', (_, vector) => {
    expect(check(vector)).toEqual({ ok: true })
  })

  it.each(signing)('%s: one byte of the body altered is wrong', (_, vector) => {
    const body = Buffer.from(vector.body)
    for (const at of [0, body.length >> 1, body.length - 1]) {
      const altered = Buffer.from(body)
      altered[at] = (altered[at] ?? 0) ^ 1
      const { preset, secret, headers } = vector
      const scheme = schemeOf(preset)

      const verdict = verify(scheme, [secret], proof(headers, altered), micros(vector.at))

      expect(verdict).toEqual({ ok: false, reason: 'the signature is wrong' })
    }
  })

  it.each(signing)('%s: a blank at the end of the body is wrong', (_, vector) => {
    expect(check({ ...vector, body: `${vector.body} ` }).ok).toBe(false)
  })

  it.each(named)('%s: one byte of any header altered is wrong', (_, vector) => {
    for (const [name, value] of Object.entries(vector.headers)) {
      // The last digit of base64, up to two signs of padding before the end, may hold bits that count for nothing.
      const at = value.replace(/,v0=.*/, '').length - 4
      const changed = value.slice(0, at) + (value[at] === '0' ? '1' : '0') + value.slice(at + 1)

      expect(check({ ...vector, headers: { ...vector.headers, [name]: changed } }).ok, name).toBe(
        false,
      )
    }
  })

  it.each(named)('%s: without any one of its headers it is wrong', (_, vector) => {
    for (const name of Object.keys(vector.headers)) {
      const { [name]: _gone, ...headers } = vector.headers
      expect(check({ ...vector, headers }).ok, name).toBe(false)
    }
  })

  it.each(named)('%s: another secret is wrong', (_, vector) => {
    expect(check({ ...vector, secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }).ok).toBe(false)
  })

  it.each(timed)('%s: a timestamp holds for five minutes to either side', (_, vector) => {
    const at = (offset: number) => check({ ...vector, at: vector.at + offset })

    expect([at(300).ok, at(-300).ok]).toEqual([true, true])
    expect(at(301)).toEqual({ ok: false, reason: 'the timestamp is too old' })
    expect(at(-301)).toEqual({ ok: false, reason: 'the timestamp is in the future' })
  })
})

describe('a signature', () => {
  const scheme: CallScheme = { ...PLAIN_HMAC, header: 'x-signature' }
  const right = proof({ 'x-signature': hmac('new', 'b', 'hex') }, 'b')

  it('may be made with any of the live secrets', () => {
    expect(verify(scheme, ['old', 'new'], right, 0)).toEqual({ ok: true })
    expect(verify(scheme, ['new', 'old'], right, 0)).toEqual({ ok: true })
    expect(verify(scheme, ['old'], right, 0).ok).toBe(false)
  })

  it('is wrong when there is no secret at all', () => {
    expect(verify(scheme, [], right, 0)).toEqual({ ok: false, reason: 'no secret is set' })
  })

  it('may be one of several, as in the middle of a sender’s rotation', () => {
    const preset = schemeOf('standard-webhooks')
    const example = VECTORS['Standard Webhooks (the example of its specification and libraries)']
    if (!example) throw new Error('no example')
    const signature = example.headers['webhook-signature'] ?? ''
    const headers = { ...example.headers, 'webhook-signature': `v1,AAAA v1a,BBBB ${signature}` }

    expect(
      verify(preset, [example.secret], proof(headers, example.body), micros(example.at)).ok,
    ).toBe(true)
  })

  it.each([
    ['empty', ''],
    ['no hexadecimal', 'z'.repeat(64)],
    ['too short', hmac('new', 'b', 'hex').slice(0, 62)],
    ['too long', `${hmac('new', 'b', 'hex')}00`],
    ['right with rubbish behind', `${hmac('new', 'b', 'hex')}zz`],
    ['in another encoding', hmac('new', 'b', 'base64')],
  ])('that is %s is wrong', (_, text) => {
    expect(verify(scheme, ['new'], proof({ 'x-signature': text }, 'b'), 0).ok).toBe(false)
  })

  it.each(['-1', '1e3', '', ' 5', '0x10', '99999999999999', 'now'])(
    'with %j for a timestamp is wrong, whoever signed it',
    (timestamp) => {
      const slack = schemeOf('slack')
      const headers = {
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${hmac('s', `v0:${timestamp.trim()}:b`, 'hex')}`,
      }

      expect(verify(slack, ['s'], proof(headers, 'b'), 0).ok).toBe(timestamp === ' 5')
    },
  )

  it('of an empty key is wrong: rubbish for base64 must not open the door', () => {
    const empty: CallScheme = { ...scheme, secret_encoding: 'base64' }
    const signed = proof({ 'x-signature': hmac('', 'b', 'hex') }, 'b')

    expect(verify(empty, ['!!'], signed, 0).ok).toBe(false)
  })

  it('signs bytes, not text: a body of no UTF-8 has one too', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00])
    const signature = createHmac('sha256', 's').update(bytes).digest('hex')

    expect(verify(scheme, ['s'], proof({ 'x-signature': signature }, bytes), 0).ok).toBe(true)
  })

  it('of an id that looks like a place is taken as text', () => {
    const preset = schemeOf('standard-webhooks')
    const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
    const headers = {
      'webhook-id': '{body}{timestamp}',
      'webhook-timestamp': '5',
      'webhook-signature': `v1,${hmac(key, '{body}{timestamp}.5.b', 'base64')}`,
    }

    expect(verify(preset, ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], proof(headers, 'b'), 0).ok).toBe(
      true,
    )
  })
})

describe('a generic scheme', () => {
  it('takes its algorithm, header, prefix, encoding and timestamp from its settings', () => {
    const scheme: CallScheme = {
      ...PLAIN_HMAC,
      algorithm: 'sha512',
      header: 'X-Oven',
      encoding: 'base64',
      prefix: 'crust=',
      timestamp_header: 'X-Baked-At',
      signs: '{timestamp}|{body}|{timestamp}',
      tolerance_seconds: 10,
    }
    const signature = createHmac('sha512', 's').update('100|b|100').digest('base64')
    const baked = proof({ 'x-oven': `crust=${signature}`, 'x-baked-at': '100' }, 'b')

    expect(verify(scheme, ['s'], baked, micros(110)).ok).toBe(true)
    expect(verify(scheme, ['s'], baked, micros(111)).ok).toBe(false)
  })

  it('may be a token in the query', () => {
    const scheme: CallScheme = { scheme: 'token', query: 'key', prefix: '' }

    expect(verify(scheme, ['s'], proof({}, '', 'key=s'), 0).ok).toBe(true)
    expect(verify(scheme, ['s'], proof({}, '', 'key=t'), 0).ok).toBe(false)
    expect(verify(scheme, ['s'], proof({ key: 's' }, ''), 0).ok).toBe(false)
  })

  it.each([
    ['basic', 'no colon', false],
    ['basic', 'user:password', true],
    ['standard-webhooks', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', true],
    ['standard-webhooks', 'not base64!', false],
    ['standard-webhooks', 'whsec_', false],
    ['github', 'anything!', true],
    ['discord', 'e7'.repeat(32), true],
    ['discord', 'e7'.repeat(31), false],
    ['standard-webhooks-ed25519', `whpk_${'A'.repeat(43)}=`, true],
    ['standard-webhooks-ed25519', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2', false],
  ] as const)('%s takes %j as a secret: %s', (preset, secret, isTaken) => {
    expect(secretFault(schemeOf(preset), secret) === null).toBe(isTaken)
  })
})

describe('whatever is sent', () => {
  const schemes = NAMES.map(schemeOf)
  const placed = (scheme: CallScheme): string[] =>
    scheme.scheme === 'hmac' || scheme.scheme === 'ed25519'
      ? [scheme.header, scheme.timestamp_header ?? [], scheme.id_header ?? []].flat()
      : scheme.scheme === 'token' && scheme.header
        ? [scheme.header]
        : ['authorization']

  it('is wrong without the secret, and nothing is thrown', () => {
    const latin = fc.string({
      unit: fc.integer({ min: 0x20, max: 0xff }).map((n) => String.fromCharCode(n)),
    })
    const value = fc.oneof(
      latin,
      fc.constantFrom('t=0,v1=', 'v1,', 'v0=', 'sha256=', 'Basic Og==', 'Bearer ', '0', '{body}'),
      fc.stringMatching(/^(?:sha256=|v0=|v1=|v1,)[0-9a-f]{64}$/),
    )
    const sent = fc.record({
      scheme: fc.constantFrom(...schemes),
      values: fc.array(value, { minLength: 3, maxLength: 3 }),
      body: fc.uint8Array({ maxLength: 50 }),
    })

    fc.assert(
      fc.property(sent, ({ scheme, values, body }) => {
        const headers = Object.fromEntries(
          placed(scheme).map((name, i) => [name, values[i % 3] ?? '']),
        )

        expect(verify(scheme, ['a secret nobody: guesses'], proof(headers, body), 0).ok).toBe(false)
      }),
      { numRuns: 500, seed: 5 },
    )
  })
})
