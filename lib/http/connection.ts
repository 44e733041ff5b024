// A connection between its transport and the socket that it was opened for: what each may ask of the other, and the request that began
// it. The transport is lib/local/sockets.ts, or a test.

/** What the request said that became a socket. */
export interface Upgrade {
  header(name: string): string | undefined
  address: string
}

/** An upgrade that says nothing of who makes it. */
export const ANONYMOUS: Upgrade = { header: () => undefined, address: 'unknown' }

/** What a socket may do to its connection. */
export interface Connection {
  send(frame: object): void
  close(code: number, reason: string): void
}

/** What the transport tells a socket, one call after the other. */
export interface Socket {
  frame(text: string): void
  /** Resolves when every frame before is dealt with: then the ping may be answered. */
  settled(): Promise<void>
  closed(): void
}
