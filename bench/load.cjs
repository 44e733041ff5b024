#!/usr/bin/env node
// Load figures for a server that speaks Prefect's REST API. No dependencies; Node >= 18.
//   node bench.cjs <base-url ending in /api> <part> [key=value ...]
// parts: ingest | e2e | autos | feed | ws | all
//   ingest  secs=4 conc=1,16,64 batch=100          acknowledged events/s, p50/p99 per request, then time until all are readable
//   e2e     n=100 burst=1000                       one run-deployment automation (for_each resource id)
//   autos   levels=10,100,1000,5000 n=30 burst=300 e2e and ingest again with that many automations that do not match
//   feed    events=100000 q=40                     POST /events/filter over stored events
//   ws      conns=1,4,16 per=2000                  /events/in
// A JSON line per figure goes to stdout; out=FILE appends them there too. key=API key (Bearer) if the server wants one.
'use strict'
const http = require('node:http'),
  https = require('node:https'),
  net = require('node:net'),
  tls = require('node:tls'),
  crypto = require('node:crypto'),
  fs = require('node:fs')
const base = new URL(process.argv[2].replace(/\/$/, '')),
  part = process.argv[3]
const opt = Object.fromEntries(process.argv.slice(4).map((a) => a.split(/=(.*)/s).slice(0, 2)))
const num = (k, d) => +(opt[k] ?? d),
  list = (k, d) =>
    String(opt[k] ?? d)
      .split(',')
      .map(Number)
const mod = base.protocol === 'https:' ? https : http,
  agent = new mod.Agent({ keepAlive: true, maxSockets: 256 })
const auth = opt.key ? { authorization: `Bearer ${opt.key}` } : {}
const sleep = (ms) => new Promise((r) => setTimeout(r, ms)),
  now = () => Number(process.hrtime.bigint()) / 1e6,
  uuid = () => crypto.randomUUID()
const tag = Math.random().toString(36).slice(2, 8)
function out(o) {
  const l = JSON.stringify(o)
  console.log(l)
  if (opt.out) fs.appendFileSync(opt.out, `${l}\n`)
}
function pct(a) {
  a = [...a].sort((x, y) => x - y)
  const p = (q) =>
    a.length ? +a[Math.min(a.length - 1, Math.floor(q * a.length))].toFixed(1) : null
  return { p50: p(0.5), p90: p(0.9), p99: p(0.99), max: p(1) }
}
function req(method, path, body) {
  return new Promise((res, rej) => {
    const b =
      body === undefined
        ? null
        : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    const r = mod.request(
      {
        agent,
        method,
        protocol: base.protocol,
        hostname: base.hostname,
        port: base.port,
        path: path.startsWith('/') ? base.pathname + path : path,
        headers: {
          ...auth,
          ...(b ? { 'content-type': 'application/json', 'content-length': b.length } : {}),
        },
      },
      (m) => {
        const c = []
        m.on('data', (d) => c.push(d))
        m.on('end', () => {
          const t = Buffer.concat(c).toString()
          let j = null
          try {
            j = t ? JSON.parse(t) : null
          } catch {
            j = t
          }
          res({ status: m.statusCode, body: j })
        })
      },
    )
    r.on('error', (e) =>
      r.reusedSocket && (e.code === 'ECONNRESET' || e.code === 'EPIPE')
        ? req(method, path, body).then(res, rej)
        : rej(e),
    )
    r.setTimeout(120000, () => r.destroy(new Error('timeout')))
    if (b) r.write(b)
    r.end()
  })
}
async function must(method, path, body) {
  // retries 5xx: sqlite-backed servers answer 503 while locked
  for (let i = 0; ; i++) {
    const r = await req(method, path, body)
    if (r.status < 300) return r.body
    if (r.status < 500 || i > 60)
      throw new Error(`${method} ${path} -> ${r.status} ${JSON.stringify(r.body).slice(0, 300)}`)
    await sleep(100 + 50 * i)
  }
}
const ev = (event, rid, occurred, extra) => ({
  id: uuid(),
  occurred: (occurred || new Date()).toISOString(),
  event,
  resource: { 'prefect.resource.id': rid, 'prefect.resource.name': 'bench', tier: 'gold' },
  related: [{ 'prefect.resource.id': 'bench.owner.1', 'prefect.resource.role': 'owner' }],
  payload: { n: 1, text: 'x'.repeat(100) },
  ...extra,
})
const wide = () => ({
  since: new Date(Date.now() - 6.5 * 864e5).toISOString(),
  until: new Date(Date.now() + 6e4).toISOString(),
})
async function total(name) {
  const r = await must('POST', '/events/filter', {
    filter: { occurred: wide(), event: { name: [name] } },
    limit: 1,
  })
  return r.total
}
async function readable(name, n, max = 180) {
  // seconds until n events of that name can be read; `lost` = still missing after 20 s without any progress
  const t = now()
  let last = -1,
    still = now(),
    c = 0
  while (now() - t < max * 1000) {
    c = await total(name)
    if (c >= n) return { drain_s: +((now() - t) / 1000).toFixed(2), lost: 0 }
    if (c !== last) {
      last = c
      still = now()
    } else if (now() - still > 20000) break
    await sleep(250)
  }
  return { drain_s: +((still - t) / 1000).toFixed(2), lost: n - c }
}

async function ingest(label = {}) {
  for (const size of [1, num('batch', 100)])
    for (const conc of list('conc', '1,16,64')) {
      const name = `bench.ingest.${tag}.${size}.${conc}.${label.automations ?? 'a'}`,
        lat = []
      let n = 0,
        bad = 0,
        stop = false
      const t0 = now()
      const timer = setTimeout(() => {
        stop = true
      }, num('secs', 4) * 1000)
      await Promise.all(
        Array.from({ length: conc }, async (_, w) => {
          while (!stop && n < num('cap', 20000)) {
            const b = Array.from({ length: size }, (_, i) => ev(name, `bench.res.${w}.${i}`)),
              t = now()
            const r = await req('POST', '/events', b)
            if (r.status < 300) {
              n += size
              lat.push(now() - t)
            } else bad++
          }
        }),
      )
      clearTimeout(timer)
      const s = (now() - t0) / 1000,
        d = await readable(name, n)
      out({
        part: 'ingest',
        ...label,
        per_request: size,
        conc,
        acked_per_s: Math.round(n / s),
        requests_per_s: Math.round(lat.length / s),
        ms: pct(lat),
        events: n,
        errors: bad,
        ...d,
        readable_per_s: Math.round((n - d.lost) / (s + d.drain_s)),
      })
    }
}

async function target() {
  const f = await must('POST', '/flows/', { name: `bench-flow-${tag}` })
  return must('POST', '/deployments/', {
    name: `bench-${tag}-${uuid().slice(0, 6)}`,
    flow_id: f.id,
    enforce_parameter_schema: false,
  })
}
async function automation(dep, pref, name) {
  return must('POST', '/automations/', {
    name: `bench ${pref}`,
    description: '',
    enabled: true,
    trigger: {
      type: 'event',
      posture: 'Reactive',
      match: { 'prefect.resource.id': `${pref}.*` },
      expect: [name],
      for_each: ['prefect.resource.id'],
      threshold: 1,
      within: 0,
    },
    actions: [
      {
        type: 'run-deployment',
        source: 'selected',
        deployment_id: dep.id,
        parameters: { rid: '{{ event.resource.id }}' },
      },
    ],
    actions_on_trigger: [],
    actions_on_resolve: [],
  })
}
const runCount = (dep) =>
  must('POST', '/flow_runs/count', { deployments: { id: { any_: [dep.id] } } })
async function e2e(label = {}) {
  const n = num('n', 100),
    burst = num('burst', 1000)
  {
    const dep = await target(),
      pref = `bench.seq.${tag}.${label.automations ?? 'a'}`,
      name = `${pref}.tick`,
      a = await automation(dep, pref, name),
      lat = []
    let missed = 0,
      have = 0
    await sleep(3000) // let the server take the automation up
    for (let i = 0; i < n; i++) {
      const t = now()
      await must('POST', '/events', [ev(name, `${pref}.${i}`)])
      let ok = false
      while (now() - t < 15000) {
        const c = await runCount(dep)
        if (c > have) {
          have = c
          ok = true
          break
        }
        await sleep(5)
      }
      if (ok) lat.push(now() - t)
      else missed++
    }
    out({ part: 'e2e one at a time', ...label, n, ms: pct(lat), missed })
    await must('DELETE', `/automations/${a.id}`)
  }
  {
    const dep = await target(),
      pref = `bench.burst.${tag}.${label.automations ?? 'a'}`,
      name = `${pref}.tick`,
      a = await automation(dep, pref, name)
    await sleep(3000)
    const sent = {},
      t0 = now()
    let i = 0
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (i < burst) {
          const k = i++
          sent[`${pref}.${k}`] = Date.now()
          await must('POST', '/events', [ev(name, `${pref}.${k}`)])
        }
      }),
    )
    const acked = (now() - t0) / 1000
    let c = 0,
      last = -1,
      still = now()
    for (;;) {
      c = await runCount(dep)
      if (c >= burst) break
      if (c !== last) {
        last = c
        still = now()
      } else if (now() - still > 30000) break
      await sleep(200)
    }
    const done = (now() - t0) / 1000,
      lat = [],
      seen = new Set()
    for (let off = 0; off < c; off += 200)
      for (const r of await must('POST', '/flow_runs/filter', {
        deployments: { id: { any_: [dep.id] } },
        sort: 'START_TIME_ASC',
        limit: 200,
        offset: off,
      })) {
        const k = r.parameters.rid
        if (!seen.has(k) && sent[k]) {
          seen.add(k)
          lat.push(Date.parse(r.created) - sent[k])
        }
      }
    out({
      part: 'e2e burst',
      ...label,
      events: burst,
      acked_s: +acked.toFixed(2),
      events_per_s: Math.round(burst / acked),
      cleared_s: +done.toFixed(2),
      runs: c,
      distinct: seen.size,
      runs_per_s: +(c / done).toFixed(1),
      created_minus_sent_ms: pct(lat),
    })
    await must('DELETE', `/automations/${a.id}`)
  }
}

async function autos() {
  let have = 0
  opt.n = opt.n ?? '30'
  opt.burst = opt.burst ?? '300'
  opt.secs = opt.secs ?? '3'
  for (const level of list('levels', '10,100,1000,5000')) {
    const t = now(),
      from = have
    let i = have
    await Promise.all(
      Array.from({ length: num('creators', 4) }, async () => {
        while (i < level) {
          const k = i++
          await must('POST', '/automations/', {
            name: `noise ${k}`,
            description: '',
            enabled: true,
            trigger: {
              type: 'event',
              posture: 'Reactive',
              match: { 'prefect.resource.id': k % 2 ? `noise.${k}` : `noise.${k}.*`, tier: 'gold' },
              match_related: {},
              after: [],
              expect: [k % 3 ? `noise.event.${k}` : `noise.event.${k}.*`],
              for_each: ['prefect.resource.id'],
              threshold: 1,
              within: 0,
            },
            actions: [{ type: 'do-nothing' }],
            actions_on_trigger: [],
            actions_on_resolve: [],
          })
        }
      }),
    )
    have = level
    out({
      part: 'autos create',
      automations: level,
      created_per_s: +((level - from) / ((now() - t) / 1000)).toFixed(1),
    })
    await sleep(3000)
    await e2e({ automations: level })
    const c = opt.conc,
      b = opt.batch
    opt.conc = opt.aconc ?? '16'
    await ingest({ automations: level })
    opt.conc = c
    opt.batch = b
    if (opt.conc === undefined) delete opt.conc
    if (opt.batch === undefined) delete opt.batch
  }
}

async function feed() {
  const n = num('events', 100000),
    q = num('q', 40),
    pre = `bench.feed.${opt.feedtag || tag}`,
    t = now()
  if (!opt.feedtag) {
    // store: 20 event families, 1000 resources, spread over the last 24 h
    // closed loop: never more than `ahead` acknowledged events that cannot be read yet, because Prefect OSS drops beyond its queue of 10,000
    const f = () => ({ filter: { occurred: wide(), event: { prefix: [`${pre}.`] } }, limit: 1 }),
      ahead = num('ahead', 3000)
    let i = 0,
      sent = 0,
      c = 0,
      stop = false,
      last = -1,
      still = now()
    const poll = (async () => {
      while (!stop) {
        c = (await must('POST', '/events/filter', f())).total
        if (c !== last) {
          last = c
          still = now()
        }
        if (c >= n || now() - still > 30000) break
        await sleep(500)
      }
    })()
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (i < n) {
          const from = i
          i += 200
          while (sent - c > ahead && now() - still < 30000) await sleep(20)
          const b = []
          for (let k = from; k < Math.min(n, from + 200); k++)
            b.push(
              ev(
                `${pre}.${k % 20}.x`,
                `${pre}.res.${k % 1000}`,
                new Date(Date.now() - 864e5 * (1 - k / n)),
              ),
            )
          await must('POST', '/events', b)
          sent += b.length
        }
      }),
    )
    const acked = (now() - t) / 1000
    await poll
    stop = true
    const s = (now() - t) / 1000
    out({
      part: 'feed load',
      events: n,
      acked_s: +acked.toFixed(1),
      stored: c,
      stored_per_s: Math.round(c / s),
      feedtag: opt.feedtag || tag,
    })
  }
  const w = (h0, h1) => ({
      since: new Date(Date.now() - h0 * 36e5).toISOString(),
      until: new Date(Date.now() - h1 * 36e5).toISOString(),
    }),
    any = w(25, -0.1)
  const qs = {
    'newest 50, no filter': () => ({ occurred: any }),
    'window of 1 h': (i) => ({ occurred: w(2 + (i % 20), 1 + (i % 20)) }),
    'event prefix (1/20)': (i) => ({ occurred: any, event: { prefix: [`${pre}.${i % 20}.`] } }),
    'event exact (1/20)': (i) => ({ occurred: any, event: { name: [`${pre}.${i % 20}.x`] } }),
    'resource id exact (100 events)': (i) => ({
      occurred: any,
      resource: { id: [`${pre}.res.${(i * 37) % 1000}`] },
    }),
    'resource id prefix (1/10)': (i) => ({
      occurred: any,
      resource: { id_prefix: [`${pre}.res.${i % 10}`] },
    }),
    'any_resource exact': (i) => ({
      occurred: any,
      any_resource: { id: [`${pre}.res.${(i * 37) % 1000}`] },
    }),
    'window 1 h + prefix + resource': (i) => ({
      occurred: w(2 + (i % 20), 1 + (i % 20)),
      event: { prefix: [pre] },
      resource: { id_prefix: [`${pre}.res.${i % 10}`] },
    }),
  }
  for (const [k, f] of Object.entries(qs)) {
    const lat = []
    let got = 0,
      tot = 0
    for (let i = 0; i < q; i++) {
      const t = now(),
        r = await must('POST', '/events/filter', { filter: f(i), limit: 50 })
      lat.push(now() - t)
      got = r.events.length
      tot = r.total
    }
    out({ part: 'feed', query: k, ms: pct(lat), page: got, total: tot })
  }
  {
    const lat = []
    let r = await must('POST', '/events/filter', { filter: { occurred: any }, limit: 50 })
    for (let i = 0; i < q && r.next_page; i++) {
      const u = new URL(r.next_page),
        t = now()
      r = await must('GET', `/events/filter/next${u.search}`)
      lat.push(now() - t)
    }
    out({ part: 'feed', query: 'following pages', ms: pct(lat) })
  }
}

// small RFC 6455 client: text frames out, text/close/ping in
function ws(path) {
  return new Promise((res, rej) => {
    const port = base.port || (base.protocol === 'https:' ? 443 : 80),
      s =
        base.protocol === 'https:'
          ? tls.connect(port, base.hostname, { servername: base.hostname })
          : net.connect(port, base.hostname)
    let buf = Buffer.alloc(0),
      open = false
    const waiters = [],
      inbox = []
    s.on('error', rej)
    s.setNoDelay(true)
    s.write(
      `GET ${base.pathname}${path} HTTP/1.1\r\nHost: ${base.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${crypto.randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: prefect\r\n\r\n`,
    )
    const c = {
      sock: s,
      closed: null,
      send(o) {
        const p = Buffer.from(typeof o === 'string' ? o : JSON.stringify(o)),
          m = crypto.randomBytes(4),
          h =
            p.length < 126
              ? Buffer.from([0x81, 0x80 | p.length])
              : p.length < 65536
                ? Buffer.from([0x81, 0x80 | 126, p.length >> 8, p.length & 255])
                : (() => {
                    const b = Buffer.alloc(10)
                    b[0] = 0x81
                    b[1] = 0xff
                    b.writeBigUInt64BE(BigInt(p.length), 2)
                    return b
                  })()
        const x = Buffer.allocUnsafe(p.length)
        for (let i = 0; i < p.length; i++) x[i] = p[i] ^ m[i & 3]
        return s.write(Buffer.concat([h, m, x]))
      },
      recv(ms = 10000) {
        return inbox.length
          ? Promise.resolve(inbox.shift())
          : new Promise((r, j) => {
              waiters.push(r)
              setTimeout(() => j(new Error(`ws recv timeout, close=${c.closed}`)), ms).unref()
            })
      },
      drain() {
        return s.writableLength ? new Promise((r) => s.once('drain', r)) : Promise.resolve()
      },
      close() {
        s.write(Buffer.from([0x88, 0x80, 0, 0, 0, 0]))
        s.end()
      },
    }
    s.on('data', (d) => {
      buf = Buffer.concat([buf, d])
      if (!open) {
        const i = buf.indexOf('\r\n\r\n')
        if (i < 0) return
        const h = buf.subarray(0, i).toString()
        if (!/^HTTP\/1.1 101/.test(h)) return rej(new Error(h.split('\r\n')[0]))
        open = true
        buf = buf.subarray(i + 4)
        res(c)
      }
      for (;;) {
        if (buf.length < 2) return
        let l = buf[1] & 127,
          o = 2
        if (l === 126) {
          if (buf.length < 4) return
          l = buf.readUInt16BE(2)
          o = 4
        } else if (l === 127) {
          if (buf.length < 10) return
          l = Number(buf.readBigUInt64BE(2))
          o = 10
        }
        if (buf.length < o + l) return
        const op = buf[0] & 15,
          p = buf.subarray(o, o + l)
        buf = buf.subarray(o + l)
        if (op === 1) {
          const v = JSON.parse(p.toString())
          waiters.length ? waiters.shift()(v) : inbox.push(v)
        } else if (op === 8) c.closed = p.length >= 2 ? p.readUInt16BE(0) : 1005
        else if (op === 9)
          s.write(Buffer.concat([Buffer.from([0x8a, 0x80 | p.length]), Buffer.alloc(4), p]))
      }
    })
  })
}
async function wsin() {
  for (const conns of list('conns', '1,4,16')) {
    const per = Math.ceil(num('per', 2000) / (conns > 4 ? 4 : 1)),
      name = `bench.ws.${tag}.${conns}`,
      n = conns * per
    const cs = await Promise.all(Array.from({ length: conns }, () => ws('/events/in')))
    for (const c of cs) {
      c.send({ type: 'auth', token: opt.key || null })
      const r = await c.recv()
      if (r.type !== 'auth_success') throw new Error(`ws auth: ${JSON.stringify(r)}`)
    }
    const t0 = now()
    await Promise.all(
      cs.map(async (c, w) => {
        for (let i = 0; i < per; i++) {
          if (!c.send(ev(name, `bench.ws.${w}.${i % 50}`))) await c.drain()
        }
        await c.drain()
      }),
    )
    const sent = (now() - t0) / 1000,
      d = await readable(name, n)
    const s = (now() - t0) / 1000
    out({
      part: 'ws in',
      conns,
      events: n,
      sent_per_s: Math.round(n / sent),
      readable_per_s: Math.round((n - d.lost) / s),
      ...d,
      closed: cs.filter((c) => c.closed).length,
    })
    for (const c of cs) c.close()
  }
}
;(async () => {
  const P = { ingest, e2e, autos, feed, ws: wsin }
  for (const p of part === 'all' ? ['ingest', 'e2e', 'ws', 'autos', 'feed'] : part.split(','))
    await P[p]()
  process.exit(0)
})().catch((e) => {
  console.error(e)
  process.exit(1)
})
