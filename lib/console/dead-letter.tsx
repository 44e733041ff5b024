// A dead letter: the record, why its reader could not do it, and another try.

import { isStackAdmin } from '../http/gate.ts'
import { Card } from './cards.tsx'
import { readerTitle } from './failures.ts'
import { Json } from './json.tsx'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Action, Code, Time } from './parts.tsx'
import type { Page } from './visit.ts'

export const deadLetterPage: Page = async (visit) => {
  const { c, services, caller, now } = visit
  const id = c.req.param('letter') ?? ''
  const letter = isStackAdmin(caller) ? await services.vitals?.letters?.get(id) : null
  if (!letter) return notHere(visit, 'dead letter')
  return c.html(
    <Frame visit={visit} title="Dead letter">
      <Head
        title={readerTitle(letter.reader)}
        sub={
          <>
            Set aside <Time at={letter.at} now={now} />, after ten attempts. What came behind it
            went on.
          </>
        }
        from={{ path: '/health', name: 'Health' }}
      >
        <Action visit={visit} path={`/health/dead-letters/${id}/retry`} kind="main-action">
          Try again
        </Action>
      </Head>
      <Card id="error" title="Why">
        <Code id="error-text" text={letter.error} />
      </Card>
      <Card id="record" title="The record">
        <Json id="record-json" value={letter.record} />
      </Card>
    </Frame>,
  )
}

export const retryDeadLetter: Page = async ({ c, change }) => {
  const path = `/health/dead-letters/${encodeURIComponent(c.req.param('letter') ?? '')}`
  const { error } = (await change('POST', `${path}/retry`)) as { error: string | null }
  return c.redirect(
    error === null ? saying('retried', '/health') : saying('failedAgain', path),
    303,
  )
}
