// The way in where keys are demanded. The key is shown once, here, and is in no address and no log.
import type { Refusal } from '../core/errors.ts'
import { Field } from './fields.tsx'
import { Mark } from './icons.tsx'
import { Document } from './layout.tsx'
import { Token } from './parts.tsx'
import type { Seen } from './visit.ts'

/** The form; with what was wrong with the key before, if there was one. */
export const loginPage = (seen: Seen, refusal: Refusal | null): Response | Promise<Response> =>
  seen.c.html(
    <Document visit={seen} title="Log in" isBare>
      <main class="login">
        <div class="card">
          <form class="form body" method="post" action="/login">
            <Token visit={seen} />
            <input type="hidden" name="next" value={seen.url.searchParams.get('next') ?? '/'} />
            <span class="brand">
              <Mark />
              tripline
            </span>
            <h1>Log in with a key</h1>
            {refusal && (
              <p class="fault" role="alert">
                {refusal.status === 401 ? 'This key opens nothing here.' : refusal.message}
              </p>
            )}
            <Field id="key" label="API key">
              <input
                id="key"
                name="key"
                type="password"
                required
                autocomplete="current-password"
                placeholder="tl_…"
              />
              <span class="hint">
                With the scope <code>read</code> to look, <code>write</code> to change something.
              </span>
            </Field>
            <button type="submit" class="button main-action">
              Log in
            </button>
          </form>
        </div>
      </main>
    </Document>,
    refusal ? (refusal.status === 429 ? 429 : 401) : 200,
  )
