// Which page is where: START HERE to find what answers an address of the console.
import { eventPage, replayEvent } from './event.tsx'
import { feedPage } from './feed.tsx'
import type { Page } from './visit.ts'

/** What is looked at. */
export const PAGES: Record<string, Page> = {
  '/': feedPage,
  '/events/:id': eventPage,
}

/** What is done: forms and buttons. Each answers with a redirect, or with the form and what was wrong. */
export const CHANGES: Record<string, Page> = {
  '/events/:id/replay': replayEvent,
}
