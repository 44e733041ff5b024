import { describe, expect, it } from 'vitest'
import {
  type HandshakeCall,
  type HandshakeName,
  handshakeAnswer,
  isSnsConfirmation,
} from '../../lib/core/handshake.ts'

const SLUG = 'AERylZ_uewzpDx-8fcweHQ'

const call = (over: {
  method?: string
  headers?: Record<string, string>
  query?: string
  body?: unknown
}): HandshakeCall => ({
  method: over.method ?? 'POST',
  headers: new Headers(over.headers),
  query: new URLSearchParams(over.query),
  body: Buffer.from(typeof over.body === 'string' ? over.body : JSON.stringify(over.body ?? '')),
})

const CONFIRM =
  'https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-west-2:123456789012:MyTopic&Token=2336412f37'

const AZURE = [
  {
    id: '2d1781af-3a4c-4d7c-bd0c-e34b19da4e66',
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    data: {
      validationCode: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6',
      validationUrl: 'https://rp-eastus2.eventgrid.azure.net:553/validate',
    },
  },
]

/** The senders' own examples, and what they expect. */
const EXAMPLES: [HandshakeName, HandshakeCall, object][] = [
  ['discord', call({ body: { type: 1 } }), { status: 200, body: '{"type":1}' }],
  [
    'slack',
    call({
      body: {
        token: 'Jhj5dZrVaK7ZwHHjRyZWjbDl',
        challenge: '3eZbrw1aBm2r',
        type: 'url_verification',
      },
    }),
    { status: 200, body: '3eZbrw1aBm2r', headers: { 'Content-Type': 'text/plain; charset=utf-8' } },
  ],
  [
    'azure-event-grid',
    call({ headers: { 'aeg-event-type': 'SubscriptionValidation' }, body: AZURE }),
    { status: 200, body: '{"validationResponse":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}' },
  ],
  [
    'cloudevents',
    call({
      method: 'OPTIONS',
      headers: {
        'WebHook-Request-Origin': 'eventemitter.example.com',
        'WebHook-Request-Rate': '120',
      },
    }),
    {
      status: 200,
      headers: {
        'WebHook-Allowed-Origin': 'eventemitter.example.com',
        'WebHook-Allowed-Rate': '120',
        Allow: 'POST, OPTIONS',
      },
    },
  ],
  [
    'sns',
    call({
      body: { Type: 'SubscriptionConfirmation', SubscribeURL: CONFIRM },
    }),
    { status: 204, visit: CONFIRM },
  ],
  [
    'meta',
    call({
      method: 'GET',
      query: `hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${SLUG}`,
    }),
    { status: 200, body: '1158201444' },
  ],
]

describe('a handshake', () => {
  it.each(EXAMPLES)('of %s is answered as it asks', (name, example, expected) => {
    expect(handshakeAnswer(name, example, SLUG)).toMatchObject(expected)
  })

  it('is answered only where its sender is expected', () => {
    const answered = EXAMPLES.map(([name]) =>
      EXAMPLES.filter(([, example]) => handshakeAnswer(name, example, SLUG)).map(([of]) => of),
    )

    // Event Grid delivers CloudEvents too, and then shakes hands as they say.
    expect(answered).toEqual([
      ['discord'],
      ['slack'],
      ['azure-event-grid', 'cloudevents'],
      ['cloudevents'],
      ['sns'],
      ['meta'],
    ])
  })

  it.each<[HandshakeName, HandshakeCall]>([
    ['slack', call({ body: { type: 'event_callback', challenge: 'x' } })],
    ['slack', call({ body: { type: 'url_verification', challenge: 5 } })],
    ['slack', call({ body: '{"type": "url_verification", ' })],
    ['azure-event-grid', call({ body: AZURE })],
    [
      'azure-event-grid',
      call({ headers: { 'aeg-event-type': 'SubscriptionValidation' }, body: [null] }),
    ],
    ['cloudevents', call({ headers: { 'WebHook-Request-Origin': 'x' } })],
    ['cloudevents', call({ method: 'OPTIONS', headers: { 'WebHook-Request-Origin': 'a b' } })],
    ['sns', call({ body: { Type: 'Notification', SubscribeURL: CONFIRM } })],
    [
      'meta',
      call({ method: 'GET', query: 'hub.mode=subscribe&hub.challenge=1&hub.verify_token=x' }),
    ],
    ['meta', call({ method: 'GET', query: 'hub.mode=subscribe&hub.challenge=1' })],
  ])('of %s that is none is an ordinary call', (name, ordinary) => {
    expect(handshakeAnswer(name, ordinary, SLUG)).toBeNull()
  })
})

describe('the address that confirms a subscription', () => {
  it.each([
    CONFIRM,
    CONFIRM.replace('us-west-2', 'us-gov-east-1'),
    CONFIRM.replace('us-west-2.amazonaws.com', 'cn-north-1.amazonaws.com.cn'),
  ])('%s is SNS’s', (url) => {
    expect(isSnsConfirmation(url)).toBe(true)
  })

  it.each([
    ['another scheme', CONFIRM.replace('https', 'http')],
    ['another port', CONFIRM.replace('.com/', '.com:8443/')],
    ['somebody', CONFIRM.replace('https://', 'https://sns@')],
    ['another host', CONFIRM.replace('amazonaws.com', 'example.com')],
    ['a host that ends otherwise', CONFIRM.replace('amazonaws.com', 'amazonaws.com.example.com')],
    ['a host that begins otherwise', CONFIRM.replace('sns.', 'evil-sns.')],
    [
      'a user that looks like the host',
      'https://sns.us-west-2.amazonaws.com@10.0.0.1/?Action=ConfirmSubscription',
    ],
    [
      'a host in the path',
      `https://10.0.0.1/sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription`,
    ],
    ['another service', CONFIRM.replace('sns.', 's3.')],
    ['a bucket', CONFIRM.replace('sns.us-west-2', 'sns.s3')],
    ['another action', CONFIRM.replace('ConfirmSubscription', 'Publish')],
    ['another path', CONFIRM.replace('/?', '/x?')],
    ['no text', 5],
    ['no address', 'sns'],
  ])('with %s is not', (_, url) => {
    expect(isSnsConfirmation(url)).toBe(false)
  })
})
