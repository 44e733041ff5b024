// Who may talk to a server without keys.
import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../lib/local/guard.ts'

const request = (more: Partial<Parameters<typeof refusalOf>[0]>) => ({
  method: 'GET',
  path: '/api/health',
  host: '127.0.0.1:4200',
  origin: undefined,
  isUpgrade: false,
  ...more,
})

describe('a server without keys', () => {
  it.each([
    'localhost',
    'localhost:4200',
    'LOCALHOST:1',
    '127.0.0.1',
    '127.0.0.1:4200',
    '[::1]:4200',
  ])('answers to Host %s', (host) => {
    expect(refusalOf(request({ host }))).toBeNull()
  })

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:4200',
    'localhost.evil.example',
    '127.0.0.1.evil.example:4200',
    '0.0.0.0:4200',
    '127.0.0.1@evil.example',
    'localhost:4200:1',
  ])('refuses Host %s', (host) => {
    expect(refusalOf(request({ host }))).toContain('not this machine')
  })

  it.each(['GET', 'HEAD'])(
    'lets a page elsewhere %s, whose answer its browser keeps from it',
    (method) => {
      expect(refusalOf(request({ method, origin: 'https://evil.example' }))).toBeNull()
    },
  )

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'refuses %s by a page elsewhere',
    (method) => {
      expect(refusalOf(request({ method, origin: 'https://evil.example' }))).not.toBeNull()
      expect(refusalOf(request({ method, origin: 'null' }))).not.toBeNull()
      expect(refusalOf(request({ method, origin: 'http://127.0.0.1:9999' }))).not.toBeNull()
    },
  )

  it('refuses a socket to a page elsewhere', () => {
    const socket = { origin: 'https://evil.example', isUpgrade: true }

    expect(refusalOf(request(socket))).not.toBeNull()
  })

  it('lets its own pages, and programs, which have no Origin, do anything', () => {
    expect(refusalOf(request({ method: 'POST', origin: 'http://127.0.0.1:4200' }))).toBeNull()
    expect(refusalOf(request({ method: 'POST' }))).toBeNull()
  })

  it('takes webhook calls under any name and from any page', () => {
    const call = {
      method: 'POST',
      path: '/hooks/abc',
      host: 'me.tunnel.example',
      origin: 'https://x.example',
    }

    expect(refusalOf(request(call))).toBeNull()
  })

  it('lets links of reviews through, which are followed under any name', () => {
    const sent = { method: 'POST', host: 'bakery.example', origin: 'null' }

    expect(refusalOf(request({ ...sent, path: '/review/abc' }))).toBeNull()
    expect(refusalOf(request({ host: 'bakery.example', path: '/assets/console.css' }))).toBeNull()
    expect(refusalOf(request({ ...sent, path: '/reviews/abc' }))).not.toBeNull()
  })

  it.each(['/hooks', '/hooksy/abc', '/api/hooks/abc'])('knows %s for no webhook call', (path) => {
    expect(refusalOf(request({ path, host: 'me.tunnel.example' }))).not.toBeNull()
  })
})

describe('a server that demands keys', () => {
  const demandsKeys = true

  it('goes by any name', () => {
    expect(refusalOf(request({ host: 'hooks.example.com', demandsKeys }))).toBeNull()
  })

  it('refuses a page elsewhere all the same: browsers keep passwords and cookies', () => {
    const sent = { method: 'POST', host: 'hooks.example.com', origin: 'https://evil.example' }

    expect(refusalOf(request({ ...sent, demandsKeys }))).not.toBeNull()
  })
})
