// "Why not?": what automations made of an event, and which late events an automation nearly fired for. Asking reads much of the feed again, so
// the panels come after their pages, and each has an address of its own for those without scripts.
import type { Child } from 'hono/jsx'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Explanation, ExplanationSource } from '../core/explain.ts'
import type { Micros } from '../core/time.ts'
import { explain, nearness } from '../steps/explain.ts'
import { type NearMiss, nearMisses } from '../steps/near-misses.ts'
import { Card } from './cards.tsx'
import { Frame, Head } from './layout.tsx'
import { notHere } from './not-here.tsx'
import { Status, Time } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { eventTitle, spoken, type Tone } from './words.ts'

/** Automations of one answer, those that came nearest to firing. */
const EXPLAINED_MAX = 20

/** Where the answer will be: asked for as soon as the page is there. */
export const WhyLater = ({ path }: { path: string }) => (
  <Card
    id="why"
    title="Why not?"
    aside={
      <a class="link" href={path}>
        Ask
      </a>
    }
    hx-get={path}
    hx-trigger="load"
    hx-swap="outerHTML"
  >
    <p class="body quiet">Looking it up…</p>
  </Card>
)

export const eventWhy: Page = async (visit) => {
  const { c, services, workspace } = visit
  const event = await services.events.get(workspace, c.req.param('id') ?? '')
  if (!event) return notHere(visit, 'event')
  const owned = await services.automations.list(workspace)
  const automations = owned.map(({ automation }) => automation)
  const found = await explain(services)(workspace, event, automations)
  const nearest = found.toSorted((a, b) => nearness(b.verdict) - nearness(a.verdict))
  return answered(
    visit,
    { path: `/events/${event.id}`, name: eventTitle(event.event) },
    <WhyCard hint={found.length > EXPLAINED_MAX ? `The nearest ${EXPLAINED_MAX}` : null}>
      {found.length === 0 ? (
        <p class="body quiet">There is no automation yet that could have cared.</p>
      ) : (
        <ol class="whys">
          {nearest.slice(0, EXPLAINED_MAX).map((explanation) => (
            <li>
              <div class="between">
                <a class="title" href={`/automations/${explanation.automation_id}`}>
                  {explanation.automation_name}
                </a>
                <VerdictStatus explanation={explanation} />
              </div>
              <Sentence of={explanation} />
            </li>
          ))}
        </ol>
      )}
    </WhyCard>,
  )
}

export const automationWhy: Page = async (visit) => {
  const { c, services, readFeed, workspace } = visit
  const stored = await services.automations.get(workspace, c.req.param('id') ?? '')
  if (!stored) return notHere(visit, 'automation')
  const { automation } = stored.value
  const misses = await nearMisses(services, readFeed)(workspace, automation)
  return answered(
    visit,
    { path: `/automations/${automation.id}`, name: automation.name },
    <WhyCard hint="Events that nearly fired it">
      {misses.length === 0 ? (
        <p class="body quiet">
          {automation.enabled
            ? 'No event that is stored came near without firing it.'
            : 'It is paused: no event is counted.'}
        </p>
      ) : (
        <ol class="whys">
          {misses.map((miss) => (
            <Miss miss={miss} now={visit.now} />
          ))}
        </ol>
      )}
    </WhyCard>,
  )
}

const Miss = ({ miss: { event, explanation }, now }: { miss: NearMiss; now: Micros }) => (
  <li>
    <div class="between">
      <a class="title" href={`/events/${event.id}`}>
        {eventTitle(event.event)}
      </a>
      <VerdictStatus explanation={explanation} />
    </div>
    <Sentence of={explanation} />
    <div class="quiet">
      <Time at={event.occurred} now={now} />
    </div>
  </li>
)

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/** A part of a page, or where somebody came by its address, a page. */
function answered(visit: Visit, from: { path: string; name: string }, card: Markup) {
  if (visit.c.req.header('hx-request') !== undefined) return visit.c.html(card)
  return visit.c.html(
    <Frame visit={visit} title="Why not?">
      <Head title="Why not?" from={from} />
      {card}
    </Frame>,
  )
}

const WhyCard = ({ hint, children }: { hint: string | null; children: Child }) => (
  <Card id="why" title="Why not?" hint={hint}>
    {children}
  </Card>
)

type Verdict = Explanation['verdict']

/** What it came to in a word or two; the sentence below says the rest. */
const VERDICTS: Readonly<Record<Verdict, [string, Tone]>> = {
  unevaluated: ['Never counted', 'calm'],
  paused: ['Paused', 'warn'],
  'before-made': ['Before it was made', 'calm'],
  name: ['Other name', 'calm'],
  label: ['Other resource', 'calm'],
  related: ['Nothing related', 'calm'],
  unmeasured: ['No measurement', 'calm'],
  held: ['Held back', 'warn'],
  repeated: ['Seen before', 'calm'],
  late: ['Late', 'warn'],
  closed: ['Window closed', 'warn'],
  early: ['New window', 'busy'],
  ignored: ['Ignored', 'calm'],
  opened: ['Counting', 'busy'],
  counted: ['Counted', 'busy'],
  restarted: ['Counting anew', 'busy'],
  waiting: ['Waiting', 'busy'],
  satisfied: ['Silence broken', 'calm'],
  fired: ['Fired', 'good'],
  unknown: ['Not known', 'calm'],
}

const VerdictStatus = ({ explanation: { verdict } }: { explanation: Explanation }) => {
  const [text, tone] = VERDICTS[verdict] ?? [spoken(verdict), 'calm']
  return <Status tone={tone}>{text}</Status>
}

const SOURCES: Readonly<Record<ExplanationSource, string>> = {
  recorded: 'On record.',
  recomputed: 'Recomputed.',
}

/** What explanations say, with whether it was written down or worked out again. */
const Sentence = ({ of: { text, source } }: { of: Explanation }) => (
  <p>
    <Said text={text} /> <span class="quiet">{SOURCES[source]}</span>
  </p>
)

/** Names stand between backticks in what the core says. */
export const Said = ({ text }: { text: string }) => (
  <>{text.split('`').map((part, i) => (i % 2 === 1 ? <code>{part}</code> : part))}</>
)
