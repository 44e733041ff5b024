// What goes to addresses outside, and what comes of it. That nobody answered is a value and no error: whether to try again is decided on it.

/** A request to an address that a user chose; `body` is null where the method has none. */
export interface OutgoingRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers: Record<string, string>
  body: string | null
}

/** `refused`: not sent, and never will be; `failed`: nobody answered in time, who may another time. */
export type Answered =
  | { kind: 'answered'; status: number; headers: Record<string, string>; body: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'failed'; reason: string }

/** What came of handing something over, with what the action's event says of it; the other kinds are those of `Answered`. */
export type HandedOver =
  | { kind: 'taken'; details: Record<string, unknown> }
  | Exclude<Answered, { kind: 'answered' }>

/** A message, and the server that takes it on its way. */
export interface OutgoingMail {
  server: string
  port: number
  /** `SSL` from the start, `STARTTLS` before anything is said, or not at all. */
  security: 'SSL' | 'STARTTLS' | 'INSECURE'
  /** Whether the server's certificate must be valid. */
  verify: boolean
  login: { user: string; password: string } | null
  from: string
  to: string[]
  subject: string
  text: string
  /** The same for every attempt, so that a mailbox that got two shows one. */
  messageId: string
}

/** An entry for an EventBridge bus; null is the one of this installation. */
export interface BusEntry {
  bus: string | null
  source: string
  detailType: string
  /** A JSON object. */
  detail: string
}
