// Which addresses we may call on somebody's behalf. Whoever may save a webhook block chooses where our process, which sits inside a
// network, sends requests: so only public addresses at the usual ports. A name says little, what it resolves to is checked as well.
// Ranges: IANA's special-purpose registries for IPv4 and IPv6, plus what clouds serve to their machines at public addresses.

/** What may be called, or why not. */
export type Target = { url: URL; host: string; port: number; isTls: boolean } | { refused: string }

/** A mail server that may be spoken to, or why not. */
export type MailTarget = { host: string; port: number } | { refused: string }

/** What an installation lets through beyond public addresses. */
export interface AddressOptions {
  /** Loopback at any port, and nothing else: for receivers on a developer's machine. @default false */
  allowLoopback?: boolean
}

const PORTS = [80, 443]
const MAIL_PORTS = [25, 465, 587, 2525]

/** Suffixes of names that mean something only inside a network. */
const INNER_NAMES = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'lan',
  'home',
  'corp',
  'home.arpa',
  'svc',
  'onion',
  'test',
  'invalid',
]

/**
 * A URL as a target, before anything is resolved. The URL parser of the platform has made one thing of decimal, octal, hexadecimal,
 * short and full-width spellings of an address by then.
 */
export function targetOf(text: string, options: AddressOptions = {}): Target {
  if (!URL.canParse(text)) return { refused: 'it is no URL' }
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { refused: `${url.protocol} is neither http: nor https:` }
  }
  if (url.username !== '' || url.password !== '') return { refused: 'it has a user name in it' }
  const isTls = url.protocol === 'https:'
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port)
  const host = hostOf(url)
  const fault = targetFault(host, port, { ports: PORTS, ...options })
  return fault === null ? { url, host, port, isTls } : { refused: fault }
}

/** A mail server as a target: read as the host of a URL is, so that it has as many spellings and no more. */
export function mailTargetOf(
  server: string,
  port: number,
  options: AddressOptions = {},
): MailTarget {
  const text = `https://${server.includes(':') ? `[${server}]` : server}/`
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^[^\s/?#@\\[\]]+$/.test(server)) {
    return { refused: `${JSON.stringify(server)} is no mail server` }
  }
  const host = hostOf(url)
  const fault = targetFault(host, port, { ports: MAIL_PORTS, ...options })
  return fault === null ? { host, port } : { refused: fault }
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '')

function targetFault(
  host: string,
  port: number,
  { ports, ...options }: AddressOptions & { ports: number[] },
): string | null {
  if (options.allowLoopback === true && isLoopback(host)) return null
  if (!ports.includes(port)) return `port ${port} is none of ${ports.join(', ')}`
  return isAddress(host) ? addressFault(host, options) : nameFault(host)
}

/** Whether a host is written as an address. */
export const isAddress = (host: string): boolean => parseIpv4(host) !== null || host.includes(':')

function nameFault(host: string): string | null {
  const name = host.toLowerCase()
  if (!name.includes('.')) return `${host} is no public name`
  const inner = INNER_NAMES.find((suffix) => name.endsWith(`.${suffix}`))
  return inner === undefined ? null : `${host} is a name inside a network`
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (parseIpv4(host) ?? [])[0] === 127

/** Why an address must not be called, or null. Text that is no address must not be called either. */
export function addressFault(
  address: string,
  { allowLoopback = false }: AddressOptions = {},
): string | null {
  if (allowLoopback && isLoopback(address)) return null
  const ipv4 = parseIpv4(address)
  const bytes = ipv4 ?? parseIpv6(address)
  if (bytes === null) return `${address} is no address`
  const isPublic = ipv4 ? isPublicIpv4(bytes) : isPublicIpv6(bytes)
  return isPublic ? null : `${address} is not a public address`
}

type Bytes = readonly number[]

/** Dotted decimal with four parts, as the URL parser and resolvers write it; every other spelling is none. */
function parseIpv4(text: string): Bytes | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return null
  const bytes = parts.map(Number)
  return bytes.every((byte) => byte < 256) ? bytes : null
}

/** Sixteen bytes. A zone (`%eth0`) makes it none: it would name one of our own interfaces. */
function parseIpv6(text: string): Bytes | null {
  const halves = text.toLowerCase().split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map((half) => (half === '' ? [] : groupsOf(half)))
  if (!head || tail === null) return null
  if (tail === undefined) return head.length === 16 ? head : null
  const gap = 16 - head.length - tail.length
  return gap < 2 ? null : [...head, ...Array<number>(gap).fill(0), ...tail]
}

function groupsOf(text: string): number[] | null {
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    const ipv4 = i === groups.length - 1 ? parseIpv4(group) : null
    if (ipv4) bytes.push(...ipv4)
    else if (/^[0-9a-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    } else return null
  }
  return bytes
}

/** A prefix and its length in bits. */
type Range = readonly [prefix: Bytes, bits: number]

const INNER_IPV4: readonly Range[] = [
  [[0], 8], // this network
  [[10], 8], // private
  [[100, 64], 10], // carrier-grade NAT; also Alibaba's metadata
  [[127], 8], // loopback
  [[169, 254], 16], // link-local: metadata of AWS, GCP, Azure
  [[172, 16], 12], // private
  [[192, 0, 0], 24], // IETF protocols; also Oracle's metadata
  [[192, 0, 2], 24], // documentation
  [[192, 31, 196], 24], // AS112
  [[192, 52, 193], 24], // AMT
  [[192, 88, 99], 24], // 6to4 relays
  [[192, 168], 16], // private
  [[192, 175, 48], 24], // AS112
  [[198, 18], 15], // benchmarks
  [[198, 51, 100], 24], // documentation
  [[203, 0, 113], 24], // documentation
  [[168, 63, 129, 16], 32], // Azure's host, from inside a machine
  [[224], 4], // multicast
  [[240], 4], // reserved, broadcast
]

/** Of IPv6 only global unicast is public: all else, mapped and translated (NAT64) IPv4 among it, is refused with what lies in it. */
const GLOBAL_UNICAST: Range = [[0x20], 3]

const INNER_IPV6: readonly Range[] = [
  [[0x20, 0x01, 0x00], 23], // IETF protocols; also Teredo, which has IPv4 addresses in it
  [[0x20, 0x01, 0x0d, 0xb8], 32], // documentation
  [[0x20, 0x02], 16], // 6to4, which has IPv4 addresses in it
  [[0x26, 0x20, 0x00, 0x4f, 0x80, 0x00], 48], // AS112
  [[0x3f, 0xff, 0x00], 20], // documentation
]

const isPublicIpv4 = (bytes: Bytes): boolean => !INNER_IPV4.some((range) => isWithin(bytes, range))

const isPublicIpv6 = (bytes: Bytes): boolean =>
  isWithin(bytes, GLOBAL_UNICAST) && !INNER_IPV6.some((range) => isWithin(bytes, range))

function isWithin(bytes: Bytes, [prefix, bits]: Range): boolean {
  for (let at = 0; at < bits; at += 8) {
    const mask = 0xff & (0xff << Math.max(0, 8 - (bits - at)))
    if (((bytes[at / 8] ?? 0) & mask) !== ((prefix[at / 8] ?? 0) & mask)) return false
  }
  return true
}
