// Dead letters over the real clients of S3 and Lambda.
import { Readable } from 'node:stream'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { beforeEach, describe, expect, it } from 'vitest'
import { keepIn, redriveLetters } from '../../lib/aws/dead-letters.ts'
import { batchOf, fakes } from '../fakes.ts'

interface Request {
  method: string
  path: string
  query?: Record<string, string>
  body?: string | Uint8Array
}

const config = (
  answer: (request: Request) => { status?: number; body?: string; error?: string },
) => ({
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  requestHandler: {
    async handle(request: Request) {
      const { status = 200, body = '', error } = answer(request)
      const headers = error === undefined ? {} : { 'x-amz-function-error': error }
      return { response: { statusCode: status, headers, body: Readable.from([Buffer.from(body)]) } }
    },
  },
})

const PAYLOAD = batchOf([{ eventID: 'a' }])
const BROKEN = 'act'

let letters: Map<string, string>
let invoked: { name: string; payload: unknown }[]

const s3 = new S3Client(
  config(({ method, path, query = {}, body }) => {
    const key = decodeURIComponent(path).replace('/letters/', '')
    if (query['list-type'] === '2') {
      const keys = [...letters.keys()].filter((name) => name.startsWith(query.prefix ?? ''))
      const contents = keys.map((name) => `<Contents><Key>${name}</Key></Contents>`).join('')
      return { body: `<ListBucketResult>${contents}</ListBucketResult>` }
    }
    if (method === 'PUT') letters.set(key, String(body))
    if (method === 'DELETE') letters.delete(key)
    return { body: method === 'GET' ? (letters.get(key) ?? '') : '' }
  }),
)
const lambda = new LambdaClient(
  config(({ path, body }) => {
    const [, name = ''] = /functions\/(\w+)\/invocations/.exec(path) ?? []
    invoked.push({ name, payload: JSON.parse(new TextDecoder().decode(body as Uint8Array)) })
    return name === BROKEN ? { body: '"still poison"', error: 'Unhandled' } : { body: '{}' }
  }),
)
const redrive = redriveLetters({ s3, lambda, bucket: 'letters', log: fakes().services.log })
const letterFor = (functionArn: string) => ({
  timestamp: '2026-11-21T09:00:00.000Z',
  requestContext: { functionArn },
  error: 'poison',
  payload: PAYLOAD,
})

beforeEach(() => {
  letters = new Map()
  invoked = []
})

describe('a dead letter', () => {
  it('is kept under its function and day, and goes to that function when it is redriven', async () => {
    await keepIn(s3, 'letters')('a', letterFor('evaluate'))
    const kept = [...letters.keys()]

    const answer = await redrive({})

    expect(kept).toEqual(['set-aside/evaluate/2026-11-21/a.json'])
    expect(answer).toEqual({ done: kept, failed: [], hasMore: false })
    expect(invoked).toEqual([{ name: 'evaluate', payload: PAYLOAD }])
    expect(letters.size).toBe(0)
  })

  it('that Lambda wrote holds its batch as text', async () => {
    const letter = { ...letterFor('publish'), payload: JSON.stringify(PAYLOAD) }
    letters.set('aws/lambda/1', JSON.stringify(letter))

    await redrive({ prefix: 'aws/' })

    expect(invoked).toEqual([{ name: 'publish', payload: PAYLOAD }])
  })

  it('stays when its function fails again, and holds up no other', async () => {
    letters.set('set-aside/1', JSON.stringify(letterFor(BROKEN)))
    letters.set('set-aside/2', JSON.stringify(letterFor('evaluate')))

    const { done, failed } = await redrive({})

    expect([done, failed]).toEqual([['set-aside/2'], ['set-aside/1']])
    expect([...letters.keys()]).toEqual(['set-aside/1'])
  })

  it('is left alone when another prefix is asked for', async () => {
    letters.set('aws/lambda/1', JSON.stringify(letterFor('evaluate')))

    expect(await redrive({ prefix: 'set-aside/' })).toEqual({
      done: [],
      failed: [],
      hasMore: false,
    })
    expect(letters.size).toBe(1)
  })
})
