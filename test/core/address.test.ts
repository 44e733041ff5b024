// Addresses: what may be called, and the many spellings of what may not.
import { describe, expect, it } from 'vitest'
import { addressFault, targetOf } from '../../lib/core/address.ts'
import { ALLOWED_URLS, REFUSED_ANSWERS, REFUSED_URLS } from './ssrf.ts'

describe('a target', () => {
  it('there are more than eighty that are refused', () => {
    expect(REFUSED_URLS.length).toBeGreaterThan(80)
  })

  it.each(REFUSED_URLS)('is refused: %s (%s)', (_, url) => {
    expect(targetOf(url)).toEqual({ refused: expect.any(String) })
  })

  it.each(ALLOWED_URLS)('is allowed: %s', (url) => {
    expect(targetOf(url)).toMatchObject({ host: expect.any(String) })
  })

  it.each([
    ['http://127.0.0.1:41479/hook', true],
    ['http://localhost:3000/', true],
    ['http://[::1]:3000/', true],
    ['http://10.0.0.1/', false],
    ['http://169.254.169.254/', false],
    ['http://0.0.0.0/', false],
    ['http://example.com:3000/', false],
  ])('with loopback allowed, %s: %s', (url, isAllowed) => {
    expect('host' in targetOf(url, { allowLoopback: true })).toBe(isAllowed)
  })
})

describe('an address', () => {
  it.each(REFUSED_ANSWERS)('is refused: %s', (_, addresses) => {
    expect(addresses.some((address) => addressFault(address) !== null)).toBe(true)
  })

  it.each([
    ['9.255.255.255', true],
    ['10.0.0.0', false],
    ['11.0.0.0', true],
    ['172.15.255.255', true],
    ['172.16.0.0', false],
    ['172.32.0.0', true],
    ['198.17.255.255', true],
    ['198.20.0.0', true],
    ['223.255.255.255', true],
    ['224.0.0.0', false],
    ['2001:1ff:ffff::', false],
    ['2001:200::', true],
    ['2001:db7:ffff::1', true],
    ['2001:db9::1', true],
    ['1fff::1', false],
    ['2000::1', true],
    ['3fff:1000::1', true],
    ['4000::1', false],
    ['1:2:3', false],
    ['1::2::3', false],
    ['1:2:3:4:5:6:7:8:9', false],
  ])('%s is public: %s', (address, isPublic) => {
    expect(addressFault(address) === null).toBe(isPublic)
  })
})
