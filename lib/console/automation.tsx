// One automation: its firings with their causes and runs, what it waits for, which events it nearly fired for, its definition.
import type { Automation } from '../core/automation.ts'
import type { AutomationExplanation } from '../core/explain-waits.ts'
import type { Micros } from '../core/time.ts'
import { type ToldFiring, toldFirings } from '../steps/automation-activity.ts'
import { explainWaits } from '../steps/explain-waits.ts'
import { actionText, triggerText } from './automation-text.ts'
import { resourceOf, Toggle } from './automations.tsx'
import { Card, Fact, TagsFact } from './cards.tsx'
import { Json } from './json.tsx'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { Action, Code, Empty, MainLink, Status, Time } from './parts.tsx'
import { namesOf } from './runs.tsx'
import type { Page, Visit } from './visit.ts'
import { Said, WhyLater } from './why.tsx'
import { counted, emitCommand, eventTitle, grouped, pageOfResource, resourceName } from './words.ts'

/** Firings shown on an automation's page. */
const FIRINGS_MAX = 20

export const automationPage: Page = async (visit) => {
  const { c, services, workspace, now } = visit
  const found = await services.automations.get(workspace, c.req.param('id') ?? '')
  if (!found) return notHere(visit, 'automation')
  const { automation } = found.value
  const told = toldFirings(services, visit.readFeed)
  const firings = await told(workspace, automation.id, FIRINGS_MAX)
  const names = await namesOf(visit)
  const waits = await explainWaits(services)(workspace, automation)
  const path = `/automations/${automation.id}`
  return c.html(
    <Frame visit={visit} title={automation.name}>
      <Head
        title={automation.name}
        sub={automation.description || triggerText(automation.trigger)}
        from={{ path: '/automations', name: 'Automations' }}
      >
        <Status tone={automation.enabled ? 'good' : 'warn'}>
          {automation.enabled ? 'Enabled' : 'Paused'}
        </Status>
        <Toggle visit={visit} automation={automation} />
        <MainLink path={`${path}/edit`} icon="edit">
          Edit
        </MainLink>
      </Head>
      <div class="columns">
        <div class="stack">
          <Card
            id="firings"
            title="Recent firings"
            aside={
              <a class="link" href={`/?span=7d&resource=${resourceOf(automation)}`}>
                In the feed
              </a>
            }
          >
            {firings.length > 0 ? (
              <Firings firings={firings} now={now} />
            ) : (
              <Empty icon="automation" title="It has not fired yet">
                <p>{triggerText(automation.trigger)}. Try it with an event of your own:</p>
                <Code id="try" text={tryCommand(visit, automation)} />
              </Empty>
            )}
          </Card>
          <Card id="definition" title="Definition">
            <Json id="automation-json" value={automation} />
          </Card>
        </div>
        <div class="stack">
          <Waits waits={waits} now={now} />
          <WhyLater path={`${path}/why`} />
          <Card id="about" title="About">
            <div class="body stack">
              <dl class="facts">
                <Fact name="When">{triggerText(automation.trigger)}</Fact>
                <Fact name="Then">
                  {automation.actions.map((action) => (
                    <div>{actionText(action, names)}</div>
                  ))}
                </Fact>
                <TagsFact tags={automation.tags} />
                <Fact name="Changed">
                  <Time at={automation.updated} now={now} as="full" />
                </Fact>
                <Fact name="Id">
                  <code>{automation.id}</code>
                </Fact>
              </dl>
              <Action
                visit={visit}
                path={`${path}/delete`}
                kind="danger"
                confirm={`Delete ${automation.name}? What it is counting is forgotten.`}
              >
                Delete automation
              </Action>
            </div>
          </Card>
        </div>
      </div>
    </Frame>,
  )
}

/** Each with the event that set it off and the runs that came of it. */
const Firings = ({ firings, now }: { firings: ToldFiring[]; now: Micros }) => (
  <ol class="whys">
    {firings.map(({ event, trigger, runs }) => (
      <li data-row id={`e-${event.id}`}>
        <div class="between">
          <a class="title" href={`/events/${event.id}`}>
            {eventTitle(event.event)}
          </a>
          <Time at={event.occurred} now={now} />
        </div>
        <div class="tags">
          {trigger ? (
            <span>
              by{' '}
              <a class="link" href={`/events/${trigger.id}`}>
                {eventTitle(trigger.event)}
              </a>{' '}
              of {resourceName(trigger.resource)}
            </span>
          ) : (
            <span class="quiet">by no event, or one that is gone</span>
          )}
          {runs.map((run) => (
            <span>
              ran <RunLink run={run} />
            </span>
          ))}
        </div>
      </li>
    ))}
  </ol>
)

const RunLink = ({ run }: { run: Readonly<Record<string, string>> }) => (
  <a class="link" href={pageOfResource(run['prefect.resource.id'] ?? '') ?? '/runs'}>
    {resourceName(run)}
  </a>
)

/** What it waits for: how far each count has come, what is missing, and how long it has left. */
const Waits = ({ waits: { waits, text, is_whole: isWhole }, now }: WaitsProps) => (
  <Card
    id="waits"
    title="Waiting now"
    hint={isWhole ? counted(waits.length, 'count') : `The first ${waits.length} counts`}
  >
    {waits.length === 0 ? (
      <p class="body quiet">
        <Said text={text} />
      </p>
    ) : (
      <ul class="body stack">
        {waits.map((wait) => (
          <li>
            <div class="between">
              <span class="mono cut">
                {Object.values(wait.labels).join(' · ') ||
                  (wait.path ? `trigger ${wait.path}` : 'all')}
              </span>
              <span class="num">
                {grouped(wait.count)} of {grouped(wait.needed)}
              </span>
            </div>
            <Meter share={wait.needed > 0 ? wait.count / wait.needed : 0} />
            <p class="quiet">
              <Said text={wait.text} />
              {wait.until && (
                <>
                  {' '}
                  Ends <Time at={wait.until} now={now} />.
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    )}
  </Card>
)

interface WaitsProps {
  waits: AutomationExplanation
  now: Micros
}

const Meter = ({ share }: { share: number }) => (
  <svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <rect class="track" width="100" height="6" />
    <rect class="fill" width={String(Math.min(100, share * 100))} height="6" />
  </svg>
)

const NOW_IN_SHELL = "'$(date -u +%FT%TZ)'"

function tryCommand({ url, services }: Visit, { trigger }: Automation): string {
  const name = trigger.type === 'event' ? (trigger.expect[0] ?? 'bread.baked') : 'bread.baked'
  return emitCommand(url.origin, services.ids.next(), name.replaceAll('*', 'x'), NOW_IN_SHELL)
}
