// `a ** b` of floats as C computes it. JavaScript's own power is off by a unit in the last place for every tenth pair, which
// shows in print; here the logarithm and the exponential are taken with 160 bits and rounded once.
const BITS = 160n
const ONE = 1n << BITS
const NOISE = 1n << (BITS - 120n)

const times = (a: bigint, b: bigint): bigint => (a * b) >> BITS

/** 2 atanh(z) of a fixed-point number, |z| below a half. */
function twiceAtanh(z: bigint): bigint {
  const square = times(z, z)
  let sum = 0n
  for (let term = z, odd = 1n; term !== 0n && term !== -1n; odd += 2n) {
    sum += term / odd
    term = times(term, square)
  }
  return 2n * sum
}

const LN_2 = twiceAtanh(ONE / 3n)

function exponential(x: bigint): bigint {
  let sum = ONE
  for (let term = x, count = 2n; term !== 0n && term !== -1n; count++) {
    sum += term
    term = times(term, x) / count
  }
  return sum
}

/** A positive double as `mantissa * 2 ** exponent`, the mantissa an integer. */
function parts(value: number): { mantissa: number; exponent: number } {
  let [mantissa, exponent] = [value, 0]
  while (mantissa >= 2 ** 53) [mantissa, exponent] = [mantissa / 2, exponent + 1]
  while (mantissa < 2 ** 52) [mantissa, exponent] = [mantissa * 2, exponent - 1]
  return { mantissa, exponent }
}

/** Python's `a ** b`, of floats whose power is real. */
export function floatPower(a: number, b: number): number {
  if (a === 1) return 1
  const quick = a ** b
  if (a === 0 || b === 0 || quick === 0 || !Number.isFinite(a + b + quick)) return quick
  const base = parts(Math.abs(a))
  const fixed = BigInt(base.mantissa) << (BITS - 52n)
  const logarithm =
    twiceAtanh(((fixed - ONE) << BITS) / (fixed + ONE)) + LN_2 * BigInt(base.exponent + 52)
  const by = parts(Math.abs(b))
  const product = logarithm * BigInt(by.mantissa) * (b < 0 ? -1n : 1n)
  const scaled = by.exponent < 0 ? product >> BigInt(-by.exponent) : product << BigInt(by.exponent)
  const twos = scaled / LN_2
  // The last bits are noise, which must not decide where a product lies exactly between two doubles.
  const found = Number((exponential(scaled - twos * LN_2) + NOISE / 2n) / NOISE) * 2 ** -120
  const half = Math.trunc(Number(twos) / 2)
  const power = found * 2 ** half * 2 ** (Number(twos) - half)
  return quick < 0 ? -power : power
}
