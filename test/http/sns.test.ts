// Messages of SNS at the public door: the certificate is fetched where it must be, once, and what a topic sends becomes events.
import { generateKeyPairSync, sign } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Answered } from '../../lib/core/outgoing.ts'
import { formatInstant } from '../../lib/core/time.ts'
import { CATALOGUE, presetSettings } from '../../lib/core/webhook-catalogue.ts'
import { receive } from '../../lib/entries.ts'
import { selfSigned } from '../certificate.ts'
import { fakes, newEvents } from '../fakes.ts'
import { apiClient } from './client.ts'

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:oven'
const CERTIFICATE_URL = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem'
const SUBSCRIBE_URL = 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t'

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const answered = (status: number, body = ''): Answered => ({
  kind: 'answered',
  status,
  headers: {},
  body,
})
const certificate = answered(200, selfSigned(pair, ['2000-01-01', '2099-01-01']))

async function bakery(change: object = {}) {
  const here = fakes()
  here.outside.answer = ({ url }) => (url === CERTIFICATE_URL ? certificate : answered(200))
  const { say } = apiClient(here)
  const preset = CATALOGUE.sns
  if (!preset) throw new Error('there is no preset for SNS')
  const settings = { name: 'oven', ...presetSettings(preset, TOPIC), ...change }
  const { body: webhook } = await say('POST', '/webhooks/', settings)
  const app = receive(here.services)
  const call = async (message: object) => {
    const headers = { 'Content-Type': 'text/plain; charset=UTF-8' }
    const body = JSON.stringify(message)
    return (await app.request(`/hooks/${webhook.slug}`, { method: 'POST', headers, body })).status
  }

  /** A message that is signed as SNS signs it. */
  const message = (over: Record<string, string> = {}) => {
    const fields: Record<string, string> = {
      Message: 'hot',
      MessageId: 'm-1',
      Timestamp: formatInstant(here.clock.now()),
      TopicArn: TOPIC,
      Type: 'Notification',
      ...over,
    }
    const names = Object.keys(fields).toSorted()
    const text = names.map((name) => `${name}\n${fields[name]}\n`).join('')
    const Signature = sign('RSA-SHA256', Buffer.from(text), pair.privateKey).toString('base64')
    return { ...fields, Signature, SignatureVersion: '2', SigningCertURL: CERTIFICATE_URL }
  }
  const visited = () => here.sent.map(({ url }) => url)
  return { here, call, message, visited, stored: () => newEvents(here) }
}

it('a topic’s messages become events, its certificate is fetched once, and a second copy is the first', async () => {
  const { call, message, visited, stored } = await bakery()

  expect(await call(message())).toBe(204)
  expect(await call(message())).toBe(204)
  expect(await call(message({ MessageId: 'm-2' }))).toBe(204)

  const events = await stored()
  expect(events.map(({ event, payload }) => [event, payload.MessageId])).toEqual([
    ['sns.notification', 'm-1'],
    ['sns.notification', 'm-2'],
  ])
  expect(events[0]?.related.at(-1)).toMatchObject({ 'tripline.webhook.verified': 'sns' })
  expect(visited()).toEqual([CERTIFICATE_URL])
})

it('a subscription is confirmed only when it is signed', async () => {
  const { call, message, visited } = await bakery()
  const confirmation = message({
    Type: 'SubscriptionConfirmation',
    Token: 't',
    SubscribeURL: SUBSCRIBE_URL,
  })

  expect(await call({ ...confirmation, Token: 'u' })).toBe(401)
  expect(visited()).toEqual([CERTIFICATE_URL])
  expect(await call(confirmation)).toBe(204)
  expect(visited()).toEqual([CERTIFICATE_URL, SUBSCRIBE_URL])
})

it('nothing is fetched for messages of other topics, old ones, or certificates elsewhere', async () => {
  const { here, call, message, visited } = await bakery()
  const old = message()
  here.clock.advance(3_601)

  const refused = [
    old,
    message({ TopicArn: `${TOPIC}2` }),
    { ...message(), SigningCertURL: 'https://example.com/a.pem' },
    {},
  ]

  for (const one of refused) expect(await call(one)).toBe(401)
  expect(visited()).toEqual([])
})

it.each<[string, Answered, number]>([
  ['is not there', answered(404), 401],
  ['is something else', answered(200, '<html>'), 401],
  ['cannot be had just now', { kind: 'failed', reason: 'nobody answered' }, 503],
  ['cannot be given just now', answered(500), 503],
])('a certificate that %s proves nothing, and is asked for again', async (_, given, status) => {
  const { here, call, message } = await bakery()
  const { answer } = here.outside
  here.outside.answer = () => given

  expect(await call(message())).toBe(status)
  here.outside.answer = answer
  if (given.kind === 'answered' && given.status === 200) return // it was what SNS published
  expect(await call(message())).toBe(204)
})
