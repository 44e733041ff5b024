// What a page says once after a change. The address carries only its name, so that nobody can put words in our mouth.

const NOTICES = {
  created: 'Created.',
  saved: 'Saved.',
  deleted: 'Deleted.',
  enabled: 'Enabled.',
  disabled: 'Disabled: calls are answered as if it did not exist.',
  rotated: 'The URL is new; the old one is invalid from now on.',
  released: 'Released: its events are in the feed.',
  replayed: 'Sent again, as a new event.',
  started: 'The run is on its way.',
  postponed: 'Postponed.',
  cancelled: 'Cancelled.',
  fixed: 'Saved, and the call released: its events are in the feed.',
  capturing: 'The next good calls are kept for a quarter of an hour, to be tried and tested with.',
  paused: 'Paused: it hands out no runs.',
  resumed: 'Resumed.',
  retried: 'Done now: the letter is gone.',
  failedAgain: 'It failed again.',
  revoked: 'Revoked: it opens nothing any more.',
} as const

export type Notice = keyof typeof NOTICES

const BAD: readonly string[] = ['failedAgain'] satisfies Notice[]

interface ShownNotice {
  text: string
  tone: 'good' | 'bad'
}

export const noticeOf = (name: string | null): ShownNotice | null =>
  name !== null && Object.hasOwn(NOTICES, name)
    ? { text: NOTICES[name as Notice], tone: BAD.includes(name) ? 'bad' : 'good' }
    : null

/** A path that says it: `/webhooks?notice=deleted`. */
export const saying = (notice: Notice, path: string): string => `${path}?notice=${notice}`
