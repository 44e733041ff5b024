// What a link of a notice shows: a small page without scripts, open to whoever holds the link. Looking says what will happen and changes
// nothing, for mail scanners and previews look at every link; only the form's button does it. A link that is forged, used or expired
// leads to one and the same page, and no token is logged.
import { type Context, Hono } from 'hono'
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Services } from '../core/ports.ts'
import { inUtc, inWords, reviewedState } from '../core/review.ts'
import type { ReviewVerb } from '../core/review-link.ts'
import { formatInstant, MICROS_PER_SECOND, type Micros, parseInstant } from '../core/time.ts'
import { type ReviewUses, reviews, type UnderReview } from '../steps/review.ts'
import { assets } from './assets.ts'
import { Mark } from './icons.tsx'

/** No script at all, no frame around it, no form that leads elsewhere; nobody keeps the page or hears where it was. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
}

/** GET and POST /review/:token. The token is all the proof there is: no key is asked for, no cookie set. */
export function reviewApp(services: ReviewUses & Pick<Services, 'log'>): Hono {
  const app = new Hono({ strict: false })
  const review = reviews(services)
  const tokenOf = (c: Context): string => c.req.param('token') ?? ''

  app.use('*', async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value)
  })
  app.get('/review/:token', async (c) => {
    const found = await review.look(tokenOf(c))
    return found ? c.html(<Question found={found} now={services.clock.now()} />) : nowhere(c)
  })
  app.post('/review/:token', async (c) => {
    const done = await review.decide(tokenOf(c))
    return done ? c.html(<Done done={done} now={services.clock.now()} />) : nowhere(c)
  })
  app.all('*', nowhere)
  app.onError((error, c) => {
    services.log.error('a review failed', { method: c.req.method, error: String(error) })
    return c.html(
      <Sheet title="Not done">
        <p>The fault is ours, and has been logged. Nothing was changed; try again later.</p>
      </Sheet>,
      500,
    )
  })
  return app
}

/** In minutes, once there are some. */
function distance(micros: Micros): string {
  const seconds = micros / MICROS_PER_SECOND
  return inWords(seconds < 60 ? Math.ceil(seconds) : Math.round(seconds / 60) * 60)
}

const nowhere = (c: Context): Response | Promise<Response> =>
  c.html(
    <Sheet title="This link leads nowhere">
      <p>It may have been used already, its time may have passed, or it was cut on its way here.</p>
    </Sheet>,
    404,
  )

interface Words {
  question: string
  button: string
  /** What the button does. */
  what: string
  done: string
}

/** `at` is when the run begins once it is done. */
function wordsOf({ link }: UnderReview, at: Micros): Record<ReviewVerb, Words> {
  const by = inWords(link.postponeSeconds)
  return {
    approve: {
      question: 'Let this run begin now?',
      button: 'Approve and run now',
      what: 'It is run at once, without waiting for its time.',
      done: 'Approved: it runs as soon as somebody takes it.',
    },
    postpone: {
      question: `Postpone this run by ${by}?`,
      button: `Postpone by ${by}`,
      what: `It waits until ${inUtc(at)}. A new notice asks again, with new links.`,
      done: `Postponed: it waits until ${inUtc(at)}. A new notice is on its way, with new links.`,
    },
    cancel: {
      question: 'Cancel this run?',
      button: 'Cancel this run',
      what: 'It will not run at all.',
      done: 'Cancelled: it will not run.',
    },
  }
}

function wordsFor(found: UnderReview, now: Micros): Words {
  const { link, due } = found
  const time = reviewedState(link, due, now).state_details?.scheduled_time
  return wordsOf(found, parseInstant(time ?? '') ?? due)[link.verb]
}

const Question = ({ found, now }: { found: UnderReview; now: Micros }) => {
  const { run, deployment, due, link } = found
  const { question, button, what } = wordsFor(found, now)
  const names = Object.keys(run.parameters)
  return (
    <Sheet title={question}>
      <dl class="facts">
        <dt>Run</dt>
        <dd>{run.name}</dd>
        {deployment && (
          <>
            <dt>Deployment</dt>
            <dd>{deployment.name}</dd>
          </>
        )}
        <dt>Begins</dt>
        <dd>
          <time datetime={formatInstant(due)}>{inUtc(due)}</time>, in {distance(due - now)}
        </dd>
        <dt>Parameters</dt>
        <dd class="tags">
          {names.length === 0 ? 'None' : names.map((name) => <span class="tag">{name}</span>)}
        </dd>
        <dt>What happens</dt>
        <dd>{what}</dd>
      </dl>
      <form method="post">
        <button type="submit" class={`button ${link.verb === 'cancel' ? 'danger' : 'main-action'}`}>
          {button}
        </button>
      </form>
      <p class="quiet">Nothing has happened yet. If you do nothing, the run begins at its time.</p>
    </Sheet>
  )
}

const Done = ({ done, now }: { done: UnderReview; now: Micros }) => (
  <Sheet title="Done">
    <p role="status">
      <b>{done.run.name}</b>
      {done.deployment && <> of {done.deployment.name}</>}
    </p>
    <p>{wordsFor(done, now).done}</p>
    <p class="quiet">You may close this page. The links of this notice have come to their end.</p>
  </Sheet>
)

const Sheet = ({ title, children }: { title: string; children: Child }) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{title} · tripline</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <link rel="stylesheet" href={assets().css} />
      </head>
      <body class="login-page">
        <main class="login">
          <div class="card">
            <div class="form body">
              <span class="brand">
                <Mark />
                tripline
              </span>
              <h1>{title}</h1>
              {children}
            </div>
          </div>
        </main>
      </body>
    </html>
  </>
)
