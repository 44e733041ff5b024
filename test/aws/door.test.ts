import { describe, expect, it } from 'vitest'
import { door } from '../../lib/aws/door.ts'

const KEY = 'the-key'

function entrance(keys: string[] = [KEY]) {
  let asked = 0
  const app = door(
    { fetch: (request) => new Response(request.url) },
    {
      originSecret: 'proof',
      adminKey: async () => {
        asked += 1
        return keys[Math.min(asked, keys.length) - 1] ?? ''
      },
    },
  )
  return {
    asked: () => asked,
    enter: (headers: Record<string, string>, path = '/api/flows/filter') =>
      app.request(`https://internal.example${path}`, { method: 'POST', headers, body: '{}' }),
  }
}

describe('the door of the API', () => {
  it.each([
    ['no key', {}],
    ['another key', { authorization: 'Bearer another' }],
    ['an empty key', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${KEY}` }],
  ])('stays shut for %s', async (_, headers) => {
    expect((await entrance().enter(headers)).status).toBe(401)
  })

  it('opens for the key', async () => {
    expect((await entrance().enter({ authorization: `Bearer ${KEY}` })).status).toBe(200)
  })

  it('tells anybody that it is there', async () => {
    expect((await entrance().enter({}, '/api/health')).status).toBe(200)
  })

  it('asks for the key once, whoever comes', async () => {
    const { enter, asked } = entrance()

    for (let i = 0; i < 5; i += 1) await enter({ authorization: `Bearer ${KEY}` })
    for (let i = 0; i < 5; i += 1) await enter({ authorization: 'Bearer guess' })

    expect(asked()).toBe(1)
  })

  it('believes the host that CloudFront names, and nobody else', async () => {
    const { enter } = entrance()
    const authorization = `Bearer ${KEY}`
    const named = { authorization, 'x-tripline-host': 'hooks.example.com' }

    const proved = await enter({ ...named, 'x-tripline-origin': 'proof' })
    const claimed = await enter({ ...named, 'x-tripline-origin': 'guess' })

    expect(await proved.text()).toBe('https://hooks.example.com/api/flows/filter')
    expect(await claimed.text()).toBe('https://internal.example/api/flows/filter')
  })
})
