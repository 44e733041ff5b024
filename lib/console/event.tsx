// One event: what it says, the chain it stands in, and what can be made of it.
import type { Event } from '../core/event.ts'
import { type Micros, parseInstant } from '../core/time.ts'
import { webhookOf } from '../core/webhook-replay.ts'
import { type ChainEvent, chainOf, type Link } from '../steps/chain.ts'
import { Card, Fact, TimeFact } from './cards.tsx'
import { Icon } from './icons.tsx'
import { Json } from './json.tsx'
import { Frame, Head } from './layout.tsx'
import { ChainStep } from './lists.tsx'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { Action, Copy, MainLink, ResourceLink, Time } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { WhyLater } from './why.tsx'
import { eventTitle, eventTone, lasting, resourceName, titled } from './words.ts'

export const eventPage: Page = async (visit) => {
  const { c, services, readFeed, workspace } = visit
  const event = await services.events.get(workspace, c.req.param('id') ?? '')
  if (!event) return notHere(visit, 'event')
  const chain = await chainOf(services, readFeed)(workspace, event.id)
  const title = eventTitle(event.event)
  return c.html(
    <Frame visit={visit} title={title}>
      <Head title={title} sub={<code>{event.event}</code>} from={{ path: '/', name: 'Event feed' }}>
        <Replay visit={visit} event={event} />
        <MainLink path={automatePath(event)} icon="automation">
          Automate this event
        </MainLink>
      </Head>
      <div class="columns">
        <div class="stack">
          <Details event={event} now={visit.now} />
          <Card
            id="raw"
            title="Raw event"
            aside={
              <a class="link" href={`/api/events/${event.id}`}>
                /api/events/…
              </a>
            }
          >
            <Json id="event-json" value={event} />
          </Card>
        </div>
        <div class="stack">
          <Card
            id="chain"
            title="Before and after"
            hint={chain && !chain.isWhole && `The nearest ${chain.events.length}`}
          >
            {chain && chain.events.length > 1 ? (
              <ChainList events={chain.events} here={event.id} />
            ) : (
              <div class="body quiet">
                <p>Nothing led here that we know of, and nothing came of it yet.</p>
              </div>
            )}
          </Card>
          <WhyLater path={`/events/${event.id}/why`} />
        </div>
      </div>
    </Frame>,
  )
}

const Details = ({ event, now }: { event: Event; now: Micros }) => (
  <Card id="details" title="Details">
    <div class="body">
      <dl class="facts">
        <TimeFact name="Occurred" at={event.occurred} now={now} />
        <Fact name="Received">
          <Time at={event.received} now={now} as="full" />
        </Fact>
        <Fact name="Resource">
          <ResourceLink resource={event.resource} />
        </Fact>
        {event.related.map((resource) => (
          <Fact name={titled(resource['prefect.resource.role'] ?? 'related')}>
            <ResourceLink resource={resource} />
          </Fact>
        ))}
        {event.follows && (
          <Fact name="Follows">
            <a class="link mono" href={`/events/${event.follows}`}>
              {event.follows}
            </a>
          </Fact>
        )}
        <Fact name="Event id">
          <div class="copy-line">
            <code>{event.id}</code>
            <Copy of={event.id} />
          </div>
        </Fact>
      </dl>
    </div>
  </Card>
)

const LINKS: Readonly<Record<Link, string>> = {
  follows: 'follows the one before',
  fired: 'a trigger fired',
  acted: 'its automation acted',
  ran: 'a run was made',
}

/** Events of a chain from the first on, each with the time that passed. */
const ChainList = ({ events, here }: { events: ChainEvent[]; here: string }) => {
  const first = parseInstant(events[0]?.occurred ?? '') ?? 0
  return (
    <ol class="chain">
      {events.map(({ id, event, occurred, resource, link }, i) => (
        <ChainStep
          tone={eventTone(event)}
          path={`/events/${id}`}
          title={eventTitle(event)}
          when={i === 0 ? 'start' : `+${lasting((parseInstant(occurred) ?? 0) - first)}`}
          why={`${link ? `${LINKS[link]} · ` : ''}${resourceName(resource)}`}
          isHere={id === here}
        />
      ))}
    </ol>
  )
}

/** Webhooks' events can be sent again; others are their senders' to repeat. */
const Replay = ({ visit, event }: { visit: Visit; event: Event }) =>
  webhookIdOf(event) === null ? null : (
    <Action visit={visit} path={`/events/${event.id}/replay`}>
      <Icon name="replay" />
      Replay
    </Action>
  )

const WEBHOOK = 'prefect-cloud.webhook.'

/** The webhook that an event came by, from itself: its resource, or one that is related to it. */
function webhookIdOf(event: Event): string | null {
  const ids = [event.resource, ...event.related].map((one) => one['prefect.resource.id'] ?? '')
  const found = ids.find((id) => id.startsWith(WEBHOOK))?.slice(WEBHOOK.length)
  return found !== undefined && webhookOf(event, found) ? found : null
}

export const replayEvent: Page = async ({ c, services, workspace, change }) => {
  const id = c.req.param('id') ?? ''
  const event = await services.events.get(workspace, id)
  const webhook = event && webhookIdOf(event)
  if (!webhook) return c.redirect(`/events/${id}`, 303)
  const made = await change('POST', `/webhooks/${webhook}/replay`, { event_id: id })
  return c.redirect(saying('replayed', `/events/${(made as { id: string }).id}`), 303)
}

/** A new automation that waits for such an event of such a resource. */
function automatePath({ event, resource }: Event): string {
  const query = new URLSearchParams({ event, resource: resource['prefect.resource.id'] ?? '' })
  return `/automations/new?${query}`
}
