// What is said of a page that is not there, whether it never was or is gone.
import { Icon } from './icons.tsx'
import { Frame } from './layout.tsx'
import type { Seen } from './visit.ts'

/** 404, in words. */
export const notHere = (visit: Seen, what = 'page'): Response | Promise<Response> =>
  visit.c.html(
    <Frame visit={visit} title="Not found">
      <div class="card empty">
        <Icon name="search" />
        <h1>There is no such {what}</h1>
        <p>It may have been deleted, or the link was cut on its way here.</p>
        <a class="button" href="/">
          To the event feed
        </a>
      </div>
    </Frame>,
    404,
  )

/** A refusal that no form was there to show. */
export const refused = (visit: Seen, message: string, status: 400 | 403 | 409 | 422 | 500) =>
  visit.c.html(
    <Frame visit={visit} title="Not done">
      <div class="card empty">
        <Icon name="health" />
        <h1>That could not be done</h1>
        <p>{message}</p>
        <a class="button" href={visit.url.pathname}>
          Try again
        </a>
      </div>
    </Frame>,
    status,
  )
