// A dead letter: the record, why its reader could not do it, and another try.
import { isStackAdmin } from '../http/gate.ts'
import { Card, Fact, TimeFact } from './cards.tsx'
import { errorParts, letterTitle, readerTitle } from './failures.ts'
import { Icon } from './icons.tsx'
import { Json } from './json.tsx'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Action, Code, Status } from './parts.tsx'
import type { Page } from './visit.ts'

export const deadLetterPage: Page = async (visit) => {
  const { c, services, caller, now } = visit
  const id = c.req.param('letter') ?? ''
  const letter = isStackAdmin(caller) ? await services.vitals?.letters?.get(id) : null
  if (!letter) return notHere(visit, 'dead letter')
  const { message, trace } = errorParts(letter.error)
  return c.html(
    <Frame visit={visit} title="Dead letter">
      <Head
        title={letterTitle(letter.reader)}
        sub="Set aside after ten attempts. What came behind it went on."
        from={{ path: '/health', name: 'Health' }}
      >
        <Status tone="bad">Dead letter</Status>
        <Action visit={visit} path={`/health/dead-letters/${id}/retry`} kind="main-action">
          <Icon name="replay" />
          Try again
        </Action>
      </Head>
      <div class="columns">
        <div class="stack">
          <Card id="error" title="Why">
            <p class="body fault">{message}</p>
            {trace && <Code id="error-text" text={trace} />}
          </Card>
          <Card id="record" title="Record">
            <Json id="record-json" value={letter.record} />
          </Card>
        </div>
        <Card id="about" title="About">
          <div class="body">
            <dl class="facts">
              <TimeFact name="Set aside" at={letter.at} now={now} />
              <Fact name="Reader">
                {readerTitle(letter.reader)} <code class="quiet">{letter.reader}</code>
              </Fact>
              <Fact name="Id">
                <code>{letter.id}</code>
              </Fact>
            </dl>
          </div>
        </Card>
      </div>
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
