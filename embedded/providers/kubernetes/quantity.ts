/** Kubernetes quantities (`500m`, `1.5Gi`), brought to the one form the API server answers with. */

const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const nano = 9;

/**
 * The canonical form of a quantity: the largest suffix that leaves a whole number. Undefined where the value is no
 * quantity. Digits below a billionth are rounded up, as the API server does.
 */
export function canonicalQuantity(value: string | number): string | undefined {
  const text = String(value);
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/.exec(text);
  if (!match || (!match[2] && !match[3])) return undefined;
  const [, sign = "", whole = "", fraction = "", suffix = "", exponent] = match;
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return "0";
  const minus = sign === "-" ? "-" : "";
  const negative = minus === "-";

  if (suffix.endsWith("i")) {
    const factor = 1024n ** BigInt(binarySuffixes.indexOf(suffix));
    const bytes = divideUp(digits * factor, 10n ** BigInt(fraction.length), negative);
    return minus + (bytes < 1024n ? withDecimalSuffix(bytes * 10n ** 9n) : withBinarySuffix(bytes));
  }
  const power =
    exponent === undefined ? 3 * (decimalSuffixes.indexOf(suffix) - 3) : Number(exponent);
  const scale = power + nano - fraction.length;
  const nanos =
    scale >= 0 ? digits * 10n ** BigInt(scale) : divideUp(digits, 10n ** BigInt(-scale), negative);
  return minus + (exponent === undefined ? withDecimalSuffix(nanos) : withExponent(nanos));
}

function divideUp(value: bigint, divisor: bigint, negative: boolean): bigint {
  const quotient = value / divisor;
  return value % divisor === 0n || negative ? quotient : quotient + 1n;
}

function withBinarySuffix(bytes: bigint): string {
  let [amount, step] = [bytes, 0];
  while (amount % 1024n === 0n && step < binarySuffixes.length - 1) {
    [amount, step] = [amount / 1024n, step + 1];
  }
  return `${amount}${binarySuffixes[step]}`;
}

function withDecimalSuffix(nanos: bigint): string {
  const { amount, step } = thousands(nanos, decimalSuffixes.length - 1);
  return `${amount}${decimalSuffixes[step]}`;
}

function withExponent(nanos: bigint): string {
  const { amount, step } = thousands(nanos, Infinity);
  const power = 3 * step - nano;
  return power === 0 ? String(amount) : `${amount}e${power}`;
}

function thousands(value: bigint, most: number): { amount: bigint; step: number } {
  let [amount, step] = [value, 0];
  while (amount % 1000n === 0n && step < most) [amount, step] = [amount / 1000n, step + 1];
  return { amount, step };
}
