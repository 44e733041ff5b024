// Which host and which address the API believes.
import { describe, expect, it } from 'vitest'
import { door } from '../../lib/aws/door.ts'

const app = door(
  { fetch: (request, { address }) => Response.json({ url: request.url, address }) },
  { originSecret: 'proof' },
)

async function enter(headers: Record<string, string>, sourceIp = '130.176.0.1') {
  const event = { requestContext: { http: { sourceIp } } }
  const request = new Request('https://internal.example/api/flows/filter', { headers })
  const answer = await app.fetch(request, { event })
  return (await answer.json()) as { url: string; address: string }
}

describe('the door of the API', () => {
  it('believes the host that CloudFront names, and nobody else', async () => {
    const named = { 'x-tripline-host': 'hooks.example.com' }

    const proved = await enter({ ...named, 'x-tripline-origin': 'proof' })
    const claimed = await enter({ ...named, 'x-tripline-origin': 'guess' })

    expect(proved.url).toBe('https://hooks.example.com/api/flows/filter')
    expect(claimed.url).toBe('https://internal.example/api/flows/filter')
  })

  it.each([
    ['the viewer of CloudFront', '203.0.113.7, 130.176.0.1', '203.0.113.7'],
    [
      'the viewer, whatever it claims to have passed',
      '6.6.6.6, 203.0.113.7, 130.176.0.1',
      '203.0.113.7',
    ],
    ['the last one, where the gateway added nobody', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    ['the gateway’s own caller', '130.176.0.1', '130.176.0.1'],
  ])('counts failures by %s', async (_, passed, address) => {
    expect((await enter({ 'x-forwarded-for': passed })).address).toBe(address)
  })

  it('knows the address where nothing was passed on', async () => {
    expect((await enter({})).address).toBe('130.176.0.1')
  })
})
