/**
 * An exact amount of money, as a fraction of micro-dollars: nothing is rounded before {@link Amount.roundedUp},
 * so a price never gains or loses a micro-dollar to floating point.
 */
export class Amount {
  private constructor(
    private readonly numerator: bigint,
    private readonly denominator: bigint,
  ) {}

  static micros(amountMicros: number): Amount {
    return new Amount(BigInt(amountMicros), 1n);
  }

  /** Times a number, taken as the decimal that it is written as: 0.1 is a tenth exactly. */
  times(factor: number): Amount {
    const { numerator, denominator } = decimalFraction(factor);
    return new Amount(this.numerator * numerator, this.denominator * denominator);
  }

  /** Divided by a positive whole number. */
  per(divisor: number): Amount {
    return new Amount(this.numerator, this.denominator * BigInt(divisor));
  }

  /** 150 makes it half as much again. */
  percent(percent: number): Amount {
    return this.times(percent).per(100);
  }

  plus(other: Amount): Amount {
    return new Amount(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    );
  }

  isBelow(other: Amount): boolean {
    return this.numerator * other.denominator < other.numerator * this.denominator;
  }

  atLeast(minimum: Amount): Amount {
    return this.isBelow(minimum) ? minimum : this;
  }

  /** Whole micro-dollars, rounded up. */
  roundedUp(): number {
    const whole = this.numerator / this.denominator;
    return Number(whole * this.denominator < this.numerator ? whole + 1n : whole);
  }

  /** In dollars, for people: `$0.031458`. */
  inWords(): string {
    return usd(this.roundedUp());
  }
}

/** Micro-dollars as people read them: `$0.02`, `$0.000008`. */
export function usd(amountMicros: number): string {
  const [whole = '0', fraction = ''] = (amountMicros / 1e6).toFixed(6).split('.');
  const shown = fraction.replace(/0+$/, '');
  return `$${whole}.${shown.padEnd(2, '0')}`;
}

function decimalFraction(value: number): { numerator: bigint; denominator: bigint } {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const digits = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  return scale >= 0
    ? { numerator: digits, denominator: 10n ** BigInt(scale) }
    : { numerator: digits * 10n ** BigInt(-scale), denominator: 1n };
}
