// Messages of SNS, signed as AWS documents it, with a key and a certificate of our own.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { secretFault } from '../../lib/core/signature-secret.ts'
import { snsClaim, verifySns } from '../../lib/core/sns.ts'
import { parseInstant } from '../../lib/core/time.ts'
import { selfSigned } from '../certificate.ts'

const TOPIC = 'arn:aws:sns:us-west-2:123456789012:MyTopic'
const SIGNING_CERT_URL =
  'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem'
const NOW = parseInstant('2026-05-02T01:00:00Z') ?? 0
const SCHEME = { scheme: 'sns', tolerance_seconds: 3_600 } as const
const YEAR: [string, string] = ['2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z']

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const certificate = selfSigned(pair, YEAR)

type Message = Record<string, string | undefined>

const NOTIFICATION: Message = {
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: TOPIC,
  Subject: 'My First Message',
  Message: 'Hello world!\nTimestamp\nis a line of it – ü',
  Timestamp: '2026-05-02T00:54:06.655Z',
}
const CONFIRMATION: Message = {
  Type: 'SubscriptionConfirmation',
  MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
  Token: '2336412f37',
  TopicArn: TOPIC,
  Message: 'You have chosen to subscribe …',
  SubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37',
  Timestamp: '2026-05-02T00:54:06.655Z',
}
const MESSAGES: [string, Message][] = [
  ['a notification', NOTIFICATION],
  ['a notification without a subject', { ...NOTIFICATION, Subject: undefined }],
  ['a confirmation', CONFIRMATION],
  ['the end of a subscription', { ...CONFIRMATION, Type: 'UnsubscribeConfirmation' }],
]
/** As AWS's page spells it out for each kind. */
const FIELDS = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn']

const signed = (message: Message, version = '2', key: KeyObject = pair.privateKey): Message => {
  const lines = [...FIELDS, 'Type'].flatMap((name) =>
    message[name] === undefined ? [] : [`${name}\n${message[name]}\n`],
  )
  const hash = version === '1' ? 'RSA-SHA1' : 'RSA-SHA256'
  return {
    ...message,
    SignatureVersion: version,
    Signature: sign(hash, Buffer.from(lines.join('')), key).toString('base64'),
    SigningCertURL: SIGNING_CERT_URL,
  }
}

const check = (message: Message, { topics = [TOPIC], pem = certificate, now = NOW } = {}) => {
  const claim = snsClaim(topics, Buffer.from(JSON.stringify(message)), SCHEME, now)
  if (typeof claim === 'string') return claim
  const verdict = verifySns(claim, pem, now)
  return verdict.ok ? 'right' : verdict.reason
}

describe.each(MESSAGES)('%s', (_, message) => {
  it.each(['1', '2'])('is right when it is signed by version %s', (version) => {
    expect(check(signed(message, version))).toBe('right')
  })

  it('is wrong when any field that is signed is another', () => {
    const names = [...FIELDS, 'Type'].filter((name) => message[name] !== undefined)
    const altered = names
      .filter((name) => name !== 'TopicArn' && name !== 'Type' && name !== 'Timestamp')
      .map((name) => check({ ...signed(message), [name]: `${message[name]}.` }))

    expect(altered.length).toBeGreaterThan(1)
    expect(new Set(altered)).toEqual(new Set(['the signature is wrong']))
    const otherTime = { ...signed(message), Timestamp: '2026-05-02T00:54:06.656Z' }
    expect(check(otherTime)).toBe('the signature is wrong')
    const otherTopic = { ...signed(message), TopicArn: `${TOPIC}2` }
    expect(check(otherTopic, { topics: [`${TOPIC}2`] })).toBe('the signature is wrong')
    for (const Type of ['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']) {
      if (Type !== message.Type) expect(check({ ...signed(message), Type })).not.toBe('right')
    }
  })

  it('is wrong when the versions are exchanged', () => {
    const other = { ...signed(message, '1'), SignatureVersion: '2' }
    expect(check(other)).toBe('the signature is wrong')
  })

  it('is wrong when it is signed with another key', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    expect(check(signed(message, '2', privateKey))).toBe('the signature is wrong')
  })

  it.each([
    ['2026-05-02T01:54:06Z', 'right'],
    ['2026-05-02T01:54:07Z', 'the timestamp is too old'],
    ['2026-05-01T23:54:07Z', 'right'],
    ['2026-05-01T23:54:06Z', 'the timestamp is in the future'],
  ])('at %s is %s', (at, verdict) => {
    expect(check(signed(message), { now: parseInstant(at) ?? 0 })).toBe(verdict)
  })
})

it.each([
  ['no version', { SignatureVersion: undefined }],
  ['a version that there is not', { SignatureVersion: '3' }],
  ['no signature', { Signature: undefined }],
  ['no message', { Message: undefined }],
  ['another kind', { Type: 'toString' }],
  ['two lines where one belongs', { MessageId: 'a\nb' }],
])('a message with %s has no signature to check', (_, change: Message) => {
  expect(check({ ...signed(NOTIFICATION), ...change })).toBe('the signature is missing')
})

it.each(['', '[]', '"x"', '{"Type": "Notification"', '\0'])('%j is no message', (text) => {
  expect(snsClaim([TOPIC], Buffer.from(text), SCHEME, NOW)).toBe('the signature is missing')
})

it.each([
  ['over http', SIGNING_CERT_URL.replace('https', 'http')],
  ['another host', 'https://evil.example.com/SimpleNotificationService-1.pem'],
  ['a host that ends otherwise', SIGNING_CERT_URL.replace('.com/', '.com.evil.example/')],
  ['a host that begins otherwise', SIGNING_CERT_URL.replace('sns.', 'evil-sns.')],
  ['a bucket', 'https://sns.us-west-2.s3.amazonaws.com/a.pem'],
  ['another region', SIGNING_CERT_URL.replace('us-west-2', 'eu-west-1')],
  ['a port', SIGNING_CERT_URL.replace('.com/', '.com:444/')],
  ['a user', SIGNING_CERT_URL.replace('https://', 'https://sns@')],
  ['another kind of file', SIGNING_CERT_URL.replace('.pem', '.txt')],
  ['a query', 'https://sns.us-west-2.amazonaws.com/?Action=Publish&a=.pem'],
  ['a way up', 'https://sns.us-west-2.amazonaws.com/../a.pem'],
  ['a second line', `${SIGNING_CERT_URL}\nx`],
])('a certificate elsewhere is not asked for: %s', (_, SigningCertURL) => {
  const verdict = check({ ...signed(NOTIFICATION), SigningCertURL })
  expect(verdict).toBe('the certificate is not of SNS')
})

const keyOf = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits })
const elliptic = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

it.each([
  ['is over', selfSigned(pair, ['2025-01-01', '2026-05-02T00:59:59Z']), 'is out of date'],
  ['is to come', selfSigned(pair, ['2026-05-02T01:00:01Z', '2027-01-01']), 'is out of date'],
  ['has a short key', selfSigned(keyOf(1024), YEAR), 'is not of SNS'],
  ['has a key of another kind', selfSigned(elliptic(), YEAR), 'is not of SNS'],
  ['is none', 'hello', 'is not of SNS'],
  ['is empty', '', 'is not of SNS'],
])('a certificate that %s proves nothing', (_, pem, reason) => {
  expect(check(signed(NOTIFICATION), { pem })).toBe(`the certificate ${reason}`)
})

describe('the topics that may send', () => {
  it.each([
    [[], 'no secret is set'],
    [[`${TOPIC}s`], 'the topic is none of the secrets'],
    [[TOPIC.slice(0, -1)], 'the topic is none of the secrets'],
    [['arn:aws:sns:us-west-2:123456789012:*'], 'right'],
    [['arn:aws:sns:us-west-2:123456789013:*'], 'the topic is none of the secrets'],
    [['arn:aws:sns:us-east-1:123456789012:*', TOPIC], 'right'],
  ])('%j', (topics, verdict) => {
    expect(check(signed(NOTIFICATION), { topics })).toBe(verdict)
  })

  it.each([
    [TOPIC, true],
    ['arn:aws:sns:us-west-2:123456789012:*', true],
    ['arn:aws-cn:sns:cn-north-1:123456789012:orders.fifo', true],
    ['arn:aws:sns:*:123456789012:*', false],
    ['arn:aws:sns:us-west-2:*:MyTopic', false],
    ['arn:aws:sqs:us-west-2:123456789012:MyQueue', false],
    ['*', false],
    ['MyTopic', false],
  ])('%s may be kept: %s', (text, isTaken) => {
    expect(secretFault(SCHEME, text) === null).toBe(isTaken)
  })
})
