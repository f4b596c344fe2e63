import { formatFloat } from './format.ts';
import { Opaque } from './value.ts';

/** Go's `complex128`. Only constants can have this type. */
export class Complex extends Opaque {
  readonly type = 'complex128';
  readonly real: number;
  readonly imaginary: number;

  constructor(real: number, imaginary: number) {
    super();
    this.real = real;
    this.imaginary = imaginary;
  }

  override get kind(): 'complex' {
    return 'complex';
  }

  override isTrue(): boolean {
    return this.real !== 0 || this.imaginary !== 0;
  }

  override equals(other: Opaque): boolean {
    return other instanceof Complex && other.real === this.real && other.imaginary === this.imaginary;
  }

  member(): undefined {
    return undefined;
  }

  toString(): string {
    const imaginary = formatFloat(this.imaginary, 'g', -1);
    return `(${formatFloat(this.real, 'g', -1)}${/^[-+]/.test(imaginary) ? '' : '+'}${imaginary}i)`;
  }
}
