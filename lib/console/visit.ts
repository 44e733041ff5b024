// A visit: one request for a page, with what pages need to answer it.
import type { Context } from 'hono'
import type { Services } from '../core/ports.ts'
import type { Micros } from '../core/time.ts'
import type { Vitals } from '../core/vitals.ts'
import type { Workspace } from '../core/workspace.ts'
import type { Caller } from '../http/gate.ts'
import type { FeedReader } from '../steps/feed.ts'
import type { Change } from './changes.ts'

/** What the console reads by itself; everything it changes goes through the API's routes. */
export type ConsoleServices = Pick<
  Services,
  | 'clock'
  | 'ids'
  | 'log'
  | 'events'
  | 'feed'
  | 'webhooks'
  | 'webhookDeliveries'
  | 'automations'
  | 'triggers'
  | 'flows'
  | 'deployments'
  | 'runs'
  | 'artifacts'
  | 'logs'
  | 'workPools'
  | 'variables'
  | 'apiKeys'
  | 'secrets'
  | 'stopwatch'
> & { vitals?: Vitals }

/** What is known of a request before anybody is let in: enough for a page that shows nothing of a workspace. */
export interface Seen {
  c: Context
  now: Micros
  url: URL
  /** What every change must bring back. */
  token: string
  /** Null: as the viewer's system has it. */
  theme: 'light' | 'dark' | null
  /** Whether somebody logged in here, who may want to log out. */
  hasSession: boolean
}

export interface Visit extends Seen {
  services: ConsoleServices
  readFeed: FeedReader
  caller: Caller
  workspace: Workspace
  change: Change
  /** Fields of the form that was sent. */
  form: Record<string, string>
}

/** A page: answers itself, or where to go. */
export type Page = (visit: Visit) => Promise<Response> | Response
