// Connections to hosts that users chose, for whatever is spoken over them. A name is resolved once, every address it has is checked, and
// the connection goes to the one that was checked: a resolver that answers otherwise the second time is not asked again.
import { lookup } from 'node:dns/promises'
import { isIP, connect as plainConnect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as tlsConnect } from 'node:tls'
import { type AddressOptions, addressFault, isAddress } from '../core/address.ts'

export interface Connection {
  address: string
  port: number
  isTls: boolean
  /** The name that a certificate must be for; null for an address. */
  serverName: string | null
}

export interface PinOptions extends AddressOptions {
  /** All addresses of a name. @default the machine's resolver */
  resolve?: (host: string) => Promise<string[]>
  /** Opens a connection. @default node:net, node:tls */
  connect?: (to: Connection) => Duplex
}

/** Why no connection is opened: what core/address.ts refuses, never; a name without addresses, perhaps another time. */
export type Unpinned = { kind: 'refused' | 'failed'; reason: string }

export function pinning(options: PinOptions = {}) {
  const { resolve = resolveAll, connect = openConnection } = options

  return {
    /** The one address to be called, or why there is none. */
    async pin(host: string): Promise<{ address: string } | Unpinned> {
      const addresses = isAddress(host) ? [host] : await resolve(host)
      const fault = addresses.map((address) => addressFault(address, options)).find(Boolean)
      if (fault) return { kind: 'refused', reason: fault }
      const address = addresses.find((one) => isIP(one) === 4) ?? addresses[0]
      return address ? { address } : { kind: 'failed', reason: `${host} has no address` }
    },

    /** @throws Error when the address is none that may be called: whoever asks has pinned it before */
    open(to: Connection): Duplex {
      const fault = addressFault(to.address, options)
      if (fault) throw new Error(fault)
      return guarded(connect(to), to.address)
    },
  }
}

const resolveAll = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address)

const openConnection = ({ address, port, isTls, serverName }: Connection): Socket =>
  isTls
    ? tlsConnect({ host: address, port, ...(serverName ? { servername: serverName } : {}) })
    : plainConnect({ host: address, port })

/** The last check: the other end is who we asked for. */
function guarded(socket: Duplex, address: string): Duplex {
  socket.once('connect', () => {
    const { remoteAddress } = socket as Partial<Socket>
    if (remoteAddress !== undefined && remoteAddress !== address) {
      socket.destroy(new Error(`connected to ${remoteAddress} in place of ${address}`))
    }
  })
  return socket
}

/** Resolvers cannot be stopped; whoever waits for one can. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((settle, fail) => {
    signal.addEventListener('abort', () => fail(signal.reason), { once: true })
    work.then(settle, fail)
  })
}

/** What the network says of itself, short. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
