import type { Explanation, RecordedCondition, Stop } from '../explain/explain.ts';
import type { FieldOrigin } from '../explain/field.ts';
import type { ReadValue } from '../explain/reads.ts';
import { didYouMean } from '../../template/index.ts';
import type { Output } from '../output.ts';
import { visibleLine } from '../visible.ts';

/** Prints an explanation for people: step by step, with what the templates read, then what stops it. */
export function printExplanation(explanation: Explanation, output: Pick<Output, 'line' | 'colour'>): void {
  const { policy, source, name, steps, stop, recorded, field } = explanation;
  const { colour } = output;
  const line = (text: string) => {
    output.line(visibleLine(text));
  };
  const subject = [`policy ${policy}`, source === undefined ? '' : `source ${source}`, name ?? ''];
  output.line(colour('bold', visibleLine(subject.filter((part) => part !== '').join(', '))));
  // Who asks for a field asks for it alone.
  for (const [index, { step, result, templates }] of (field === undefined ? steps : []).entries()) {
    const stopped = stop?.step === step;
    output.line(`${String(index + 1)} ${colour(stopped ? 'red' : 'green', step)}: ${visibleLine(result)}`);
    for (const template of templates) {
      line(`    ${template.field}${template.result === '' ? '' : `: ${template.result}`}`);
      for (const read of template.reads) line(`      ${readText(read)}`);
    }
  }
  if (field !== undefined) printField(field, line);
  if (stop !== undefined) printStop(stop, output);
  for (const condition of recorded) {
    const text = conditionText(condition);
    if (text !== undefined) line(text);
  }
}

const readText = ({ path, value, line }: ReadValue) => `${path}  ${value}  (line ${String(line)})`;

function printStop(
  { step, reason, message, meaning, remedy }: Stop,
  { line, colour }: Pick<Output, 'line' | 'colour'>,
): void {
  line(colour('red', visibleLine(`stops at ${step}: ${reason}: ${message}`)));
  line(visibleLine(`  that is: ${meaning}`));
  line(visibleLine(`  to go on: ${remedy === '' ? 'nothing is to be done' : remedy}`));
}

/** What the controller says, where it is more than that all is well. */
function conditionText({
  on,
  type,
  status,
  reason,
  message,
  meaning,
  remedy,
}: RecordedCondition): string | undefined {
  if (remedy === '') return undefined;
  return `the controller says of the ${on}: ${type} is ${status}, ${reason}: ${message} (${meaning}; to do: ${remedy})`;
}

function printField(
  { field, value, suggestion, lines, reads, writer }: FieldOrigin,
  line: (text: string) => void,
): void {
  line(`${field}: ${value}${didYouMean(suggestion)}`);
  if (lines.length === 0) line('    no line of spec.template writes it by its name');
  for (const { line: number, text } of lines) line(`    spec.template ${String(number)}: ${text}`);
  for (const read of reads) line(`      ${readText(read)}`);
  if (writer !== undefined)
    line(`    last written by ${writer.manager} (${writer.operation}, ${writer.time})`);
}
